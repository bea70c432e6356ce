"""How warm the beginning of a chat is, before anybody chats: its tokens, and what of them needs no reading."""

import time
from collections.abc import Sequence
from functools import lru_cache

from services.core.protocol.frames import Message, Part, PrefixStatus
from services.model.engine.base import Engine
from services.model.kv.keeper import Keeper
from services.model.sequences import Sequences
from services.model.speeds import Speeds
from services.model.template import ChatFormat

REMEMBERED = 256
FRESH_S = 0.1
"""Tokenising happens between two steps: 15,000 tokens, then the rest of a list must ask again."""
_QUESTION = Message(role="user", parts=(Part(id="question", text="x"),))


def prefix_tokens(fmt: ChatFormat, messages: Sequence[Message]) -> tuple[int, ...]:
    """The tokens that every chat beginning with `messages` reads before its first question's own."""
    tokens: list[int] = []
    for piece in fmt.encode([*messages, _QUESTION]):
        if piece.part_id == _QUESTION.parts[0].id:
            break
        tokens += piece.tokens
    return tuple(tokens)


class Prefixes:
    """Belongs to the worker thread."""

    def __init__(self, engine: Engine, sequences: Sequences, keeper: Keeper, speeds: Speeds) -> None:
        self._sequences = sequences
        self._keeper = keeper
        self._speeds = speeds
        self._known: set[tuple[Message, ...]] = set()
        self._tokens = lru_cache(REMEMBERED)(lambda messages: prefix_tokens(engine.chat_format, messages))

    def statuses(self, prefixes: Sequence[tuple[Message, ...]]) -> tuple[PrefixStatus | None, ...]:
        """One a prefix; None where tokenising would hold others up. Asked again, more of them are known."""
        until = time.monotonic() + FRESH_S
        found: list[PrefixStatus | None] = []
        for messages in prefixes:
            if messages in self._known or time.monotonic() < until:
                found.append(self._status(messages))
            else:
                found.append(None)
        return tuple(found)

    def _status(self, messages: tuple[Message, ...]) -> PrefixStatus:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known.add(messages)
        tokens = list(self._tokens(messages))
        cached = max(self._sequences.known([*tokens, 0], ""), self._keeper.prefix_cached(tokens))
        return PrefixStatus(tokens=len(tokens), cached=cached, cold_s=round(self._speeds.read_s(len(tokens)), 3))
