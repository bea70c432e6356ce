"""Trying a template that is not saved: one answer, streamed, that leaves no chat behind."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

import msgspec

from services.core.errors import OndolError
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Finished, Generate, Message, Part, Progress, Queued, Tokens, Usage
from services.web.chat.prompt import fill, head
from services.web.chat.settings import MAX_SEED, ChatSettings, sampling
from services.web.errors import ErrorBody, body_of
from services.web.storage.templates import TemplateBody


class TrialEvent(msgspec.Struct, frozen=True, tag_field="type"):
    """A line of the stream; named as the events of a chat."""


class TrialQueued(TrialEvent, frozen=True, tag="queued"):
    position: int


class TrialProgress(TrialEvent, frozen=True, tag="prompt_progress"):
    done: int
    total: int


class TrialToken(TrialEvent, frozen=True, tag="stream_token"):
    token: str


class TrialEnd(TrialEvent, frozen=True, tag="stream_end"):
    finish_reason: str
    usage: Usage


class TrialError(TrialEvent, frozen=True, tag="error"):
    error: ErrorBody


def prompt(
    settings: ChatSettings, template: TemplateBody, variables: Mapping[str, str], content: str
) -> tuple[Message, ...]:
    """What a new chat with the template would read for this question."""
    chosen = msgspec.structs.replace(settings, system_prompt="", template_variables=dict(variables))
    question = fill(content, template, variables)
    return (*head(chosen, template), Message("user", (Part("question", question),)))


async def answer(
    model: ModelClient, username: str, settings: ChatSettings, messages: tuple[Message, ...]
) -> AsyncIterator[TrialEvent]:
    """The stream, ended early when whoever reads it goes. What goes wrong is its last event."""
    request = Generate(
        id=model.next_id(),
        user=username,
        cache_key=f"trial:{username}",
        messages=messages,
        sampling=sampling(settings, secrets.randbelow(MAX_SEED + 1)),
        max_tokens=settings.max_tokens,
    )
    try:
        async with aclosing(model.generate(request)) as frames:  # type: ignore[type-var]  # it is a generator
            async for frame in frames:
                event = _event(frame)
                if event is not None:
                    yield event
    except OndolError as error:
        yield TrialError(body_of(error))


def _event(frame: object) -> TrialEvent | None:
    match frame:
        case Queued(position=position):
            return TrialQueued(position)
        case Progress(done=done, total=total):
            return TrialProgress(done, total)
        case Tokens(text=text):
            return TrialToken(text) if text else None
        case Finished(reason=reason, usage=usage):
            return TrialEnd(reason, usage)
        case _:
            return None
