"""A request becomes a run: checked, laid out and tokenised, its sampler built, its text stream brought up to date."""

from dataclasses import dataclass
from itertools import chain

import msgspec

from services.core.errors import BadRequest
from services.core.protocol.frames import ContextReport, Generate
from services.model.engine.base import Engine
from services.model.layout import lay_out
from services.model.runs import Run
from services.model.sampling import check
from services.model.streams import TextStream

RESERVE_SHARE = 8
"""At least an eighth of the context is kept for the answer (less, when the caller wants less)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where and when a request came in; `number` orders requests."""

    connection: int
    number: int
    at: float


def run_limit(engine: Engine) -> int:
    """Tokens one chat may span: the pool, or what the model was trained for if that is less."""
    return min(engine.facts.n_ctx, engine.facts.n_ctx_train)


def admit_request(engine: Engine, request: Generate, arrival: Arrival) -> Run:
    """Raises InvalidSampling, ContextOverflow, BadRequest."""
    check(request.sampling, n_vocab=engine.facts.n_vocab)
    if not request.messages:
        raise BadRequest("a generation needs at least one message")
    _check_tokens(engine, request)
    limit = run_limit(engine)
    reserve = min(max(request.max_tokens, 1), limit // RESERVE_SHARE)
    layout = lay_out(request.messages, engine.chat_format, engine.tokenizer, n_ctx=limit, reserve_tokens=reserve)
    # What is still being typed ends with its text: the template's end would not be a prefix of what is sent.
    prompt_tokens = layout.used - (layout.tail if request.priority == "draft" else 0)
    tokens = [*layout.tokens[:prompt_tokens], *request.resume_tokens]
    if not tokens:
        raise BadRequest("there is nothing to read: all messages are empty")
    stream = TextStream(request.stop, strip_first_space=engine.strips_first_space)
    for token in request.resume_tokens:
        stream.feed(engine.piece(token))
    return Run(
        connection=arrival.connection,
        request=msgspec.structs.replace(request, messages=()),  # laid out: a long chat need not be held twice
        number=arrival.number,
        arrived=arrival.at,
        tokens=tokens,
        prompt_tokens=prompt_tokens,
        context=ContextReport(n_ctx=limit, used=len(tokens), dropped_part_ids=layout.dropped_part_ids),
        sampler=engine.sampler(request.sampling, tokens, len(request.resume_tokens)),
        stream=stream,
        limit=limit,
        unsent_from=layout.before if request.priority == "draft" else None,
    )


def _check_tokens(engine: Engine, request: Generate) -> None:
    """A token number of another model would end the process."""
    parts = chain.from_iterable(message.parts for message in request.messages)
    given = chain(request.resume_tokens, chain.from_iterable(part.tokens or () for part in parts))
    for token in given:
        if not 0 <= token < engine.facts.n_vocab:
            raise BadRequest(
                f"token {token} is none of this model's {engine.facts.n_vocab}",
                token=token,
                n_vocab=engine.facts.n_vocab,
            )
