# make run      everything it needs, then the appliance in the foreground
# make start    the same in the background; stop, status, logs
# make test     everything it needs, then all checks and tests
# make test-soak  the long trials: kills, power cuts, many sockets, little memory (an hour)
# make model    lists the models; make model NAME=mistral-7b-instruct-v0.2 downloads one
SHELL := bash
.DEFAULT_GOAL := run
.PHONY: run start stop status logs calibrate model test test-soak lint types bench bench-rag lock licences

run start stop status logs calibrate:
	@exec scripts/$@.sh

model:
	@exec scripts/model.sh $(NAME)

test:
	@exec scripts/test.sh $(ARGS)

test-soak:
	@exec scripts/test-soak.sh $(ARGS)

lint types:
	@exec scripts/check.sh $@

bench:
	@scripts/setup.sh test
	@exec .venv/bin/python -m tests.bench $(if $(MODEL),--model $(MODEL)) $(ARGS)

bench-rag:
	@scripts/setup.sh test
	@exec .venv/bin/python -m tests.bench.$(or $(CASE),rag) $(ARGS)

lock:
	@exec scripts/lock.sh $(ARGS)

licences:
	@scripts/setup.sh test
	@exec .venv/bin/python -m scripts.licences
