"""The native samplers on the real model: seeds, resuming, filters, grammars, and what would end the process."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import llama_cpp
import msgspec
import pytest

from services.core.errors import InvalidSampling
from services.core.protocol.frames import Sampling, TokenLogprob
from services.model.engine.sampler import NativeSampler, NoLogits
from services.model.engine.vocabulary import Vocabulary
from tests.unit.model.vocabularies import SMOLLM2

QUESTION = "<|im_start|>user\nName three fruits.<|im_end|>\n<|im_start|>assistant\n"


class Loop:
    """One sequence, one token a step."""

    def __init__(self) -> None:
        self.model = llama_cpp.llama_model_load_from_file(str(SMOLLM2).encode(), llama_cpp.llama_model_default_params())
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = 512
        params.n_threads = params.n_threads_batch = 1  # two that wait for each other are slow beside other work
        self.context = llama_cpp.llama_init_from_model(self.model, params)
        assert self.model
        assert self.context
        self.vocabulary = Vocabulary(int(self.model))
        self.prompt = self.vocabulary.tokenize(QUESTION, special=True)

    def read(self, tokens: Sequence[int]) -> None:
        array = (llama_cpp.llama_token * len(tokens))(*tokens)
        assert llama_cpp.llama_decode(self.context, llama_cpp.llama_batch_get_one(array, len(tokens))) == 0

    def restart(self) -> None:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        self.read(self.prompt)

    def sampler(self, sampling: Sampling, done: Sequence[int] = ()) -> NativeSampler:
        return NativeSampler(
            self.model,
            self.vocabulary.native,
            sampling,
            n_vocab=self.vocabulary.size,
            eog_tokens=sorted(self.vocabulary.ends),
            history=[*self.prompt, *done],
            draws_done=len(done),
        )

    def answer(
        self, sampling: Sampling, count: int = 16, done: Sequence[int] = ()
    ) -> tuple[list[int], list[TokenLogprob]]:
        """Up to `count` tokens, those of `done` read one at a time as they once were."""
        self.restart()
        for token in done:
            self.read([token])
        sampler = self.sampler(sampling, done)
        tokens, logprobs = list(done), []
        try:
            while len(tokens) < count:
                token, logprob = sampler.sample(self.context, -1)
                if logprob:
                    logprobs.append(logprob)
                if token in self.vocabulary.ends:
                    break
                tokens.append(token)
                self.read([token])
        finally:
            sampler.close()
            sampler.close()
        return tokens, logprobs

    def text(self, sampling: Sampling, count: int = 16) -> str:
        return b"".join(map(self.vocabulary.piece, self.answer(sampling, count)[0])).decode(errors="replace")

    def close(self) -> None:
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


FREE = Sampling(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, ignore_eos=True, seed=7)
VARIANTS: dict[str, dict[str, Any]] = {
    "greedy": {"temperature": 0.0},
    "top_k": {"top_k": 20},
    "top_p": {"top_p": 0.5},
    "one candidate": {"top_k": 1},
    "min_p": {"min_p": 0.2},
    "typical": {"typical_p": 0.5},
    "typical and bias": {"typical_p": 0.9, "logit_bias": {28: -math.inf}},
    "repeat": {"repeat_penalty": 1.3, "repeat_last_n": -1},
    "frequency": {"frequency_penalty": 0.7, "presence_penalty": 0.4},
    "dry": {"dry_multiplier": 0.8, "dry_allowed_length": 1},
    "xtc": {"xtc_probability": 0.5, "xtc_threshold": 0.05},
    "all": {"top_p": 0.95, "min_p": 0.01, "typical_p": 0.95, "repeat_penalty": 1.1, "dry_multiplier": 0.5},
}


def variant(name: str, **more: Any) -> Sampling:
    return msgspec.structs.replace(FREE, **VARIANTS[name], **more)


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_the_same_seed_gives_the_same_tokens_and_a_resumed_answer_goes_on_exactly(loop: Loop, name: str) -> None:
    whole, _ = loop.answer(variant(name))
    assert len(whole) == 16
    assert loop.answer(variant(name))[0] == whole
    assert loop.answer(variant(name), done=whole[:11])[0] == whole


@pytest.mark.parametrize("mirostat", [1, 2])
def test_mirostat_is_repeatable_and_can_be_resumed(loop: Loop, mirostat: int) -> None:
    sampling = msgspec.structs.replace(FREE, mirostat=mirostat, mirostat_tau=3.0)
    whole, _ = loop.answer(sampling)
    assert loop.answer(sampling)[0] == whole
    resumed, _ = loop.answer(sampling, done=whole[:11])
    assert resumed[:11] == whole[:11]
    assert len(resumed) == 16


def test_other_seeds_give_other_tokens_and_none_gives_any(loop: Loop) -> None:
    texts = {loop.text(msgspec.structs.replace(FREE, seed=seed)) for seed in (1, 2, 3, None, None)}
    assert len(texts) == 5


def test_one_candidate_is_greedy(loop: Loop) -> None:
    assert loop.answer(variant("one candidate"))[0] == loop.answer(variant("greedy"))[0]


def test_penalties_stop_a_loop(loop: Loop) -> None:
    greedy = Sampling(temperature=0.0, ignore_eos=True)
    plain, _ = loop.answer(greedy, 80)
    for changes in ({"repeat_penalty": 1.5, "repeat_last_n": -1}, {"frequency_penalty": 1.5, "repeat_last_n": -1}):
        varied, _ = loop.answer(msgspec.structs.replace(greedy, **changes), 80)
        assert len(set(varied)) > len(set(plain)) * 1.2


def test_a_bias_forces_and_forbids(loop: Loop) -> None:
    token = loop.vocabulary.tokenize(" zebra", special=False)[0]
    forced, _ = loop.answer(msgspec.structs.replace(FREE, logit_bias={token: 100.0}), 3)
    assert forced == [token] * 3
    first = loop.answer(variant("greedy"), 1)[0][0]
    assert loop.answer(variant("greedy", logit_bias={first: -math.inf}), 1)[0][0] != first


def test_ignore_eos_never_ends(loop: Loop) -> None:
    ended, _ = loop.answer(Sampling(temperature=0.0), 200)
    assert len(ended) < 200
    endless, _ = loop.answer(Sampling(temperature=0.0, ignore_eos=True), 200)
    assert len(endless) == 200


def test_logprobs_are_of_the_models_own_distribution(loop: Loop) -> None:
    tokens, logprobs = loop.answer(variant("greedy", logprobs=3), 5)
    assert [entry.token for entry in logprobs] == tokens
    for entry in logprobs:
        assert entry.top[0] == (entry.token, entry.logprob)
        values = [value for _, value in entry.top]
        assert values == sorted(values, reverse=True)
        assert len(values) == 3
        assert sum(map(math.exp, values)) <= 1.0


SCHEMA = {
    "type": "object",
    "properties": {
        "fruit": {"enum": ["apple", "pear"]},
        "ripe": {"type": "boolean"},
        "kilos": {"type": "integer", "minimum": 2, "maximum": 40},
    },
    "required": ["fruit", "ripe", "kilos"],
}


@pytest.mark.parametrize("seed", range(3))
def test_a_schema_gives_json_of_that_schema(loop: Loop, seed: int) -> None:
    text = loop.text(Sampling(temperature=1.2, seed=seed, json_schema=json.dumps(SCHEMA)), 60)
    found = json.loads(text)
    assert found["fruit"] in {"apple", "pear"}
    assert isinstance(found["ripe"], bool)
    assert 2 <= found["kilos"] <= 40


@pytest.mark.parametrize("more", [{}, {"ignore_eos": True}, {"typical_p": 0.5}, {"mirostat": 2}, {"temperature": 0.0}])
def test_a_finished_grammar_ends_the_answer(loop: Loop, more: dict[str, Any]) -> None:
    sampling = msgspec.structs.replace(Sampling(seed=1, grammar='root ::= "Paris" | "London"'), **more)
    assert loop.text(sampling) in {"Paris", "London"}


def test_a_grammar_is_resumed_with_its_answer(loop: Loop) -> None:
    sampling = Sampling(seed=3, temperature=1.5, grammar="root ::= ([a-z]{4} [0-9]{4}){5}")
    whole, _ = loop.answer(sampling)
    assert loop.answer(sampling, done=whole[:5])[0] == whole


def test_an_answer_outside_its_grammar_cannot_be_resumed(loop: Loop) -> None:
    done = loop.vocabulary.tokenize("Hello", special=False)
    with pytest.raises(InvalidSampling, match="does not follow"):
        loop.sampler(Sampling(grammar="root ::= [0-9]+"), done)


@pytest.mark.parametrize(
    "grammar",
    [
        "",
        'other ::= "a"',
        'root ::= "a',
        "root ::= missing",
        'root ::= root "a" | "b"',
        "root ::= [a-",
        'root ::= "a" )',
        'root ::= "a"{3,1}',
        'root ::= "a"{9999}',
        "root ::= " + "(" * 5000 + '"a"' + ")" * 5000,
        "root ::= " + '("a" | "b")* ' * 100,
        'root ::= "a\0b"',
        'root ::= "' + "a" * 70_000 + '"',
    ],
)
def test_a_bad_grammar_is_a_typed_error(loop: Loop, grammar: str) -> None:
    with pytest.raises(InvalidSampling) as caught:
        loop.sampler(Sampling(grammar=grammar))
    assert caught.value.params["field"] == "grammar"


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "{",
        "[1]",
        '{"type": "unheard"}',
        '{"$ref": "https://example.org/s"}',
        '{"$ref": "#/no"}',
        '{"items":' * 5000,
    ],
)
def test_a_bad_schema_is_a_typed_error(loop: Loop, schema: str) -> None:
    with pytest.raises(InvalidSampling) as caught:
        loop.sampler(Sampling(json_schema=schema))
    assert caught.value.params["field"] == "json_schema"


def test_an_output_without_logits_is_an_error_and_not_the_end_of_the_process(loop: Loop) -> None:
    loop.restart()
    sampler = loop.sampler(Sampling())
    with pytest.raises(NoLogits):
        sampler.sample(loop.context, 3)
    sampler.close()
    with pytest.raises(NoLogits):
        sampler.sample(loop.context, -1)
