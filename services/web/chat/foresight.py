"""Passages found for what somebody is typing, for the moment it is sent. In memory only."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from services.web.chat.prompt import Passage
from services.web.chat.settings import ChatSettings

FRESH_S = 30.0
"""Older findings may name documents that were changed since."""


@dataclass(frozen=True, slots=True)
class _Found:
    question: str
    settings: ChatSettings
    passages: list[Passage]
    at: float


class Foresight:
    """The newest search of each chat's draft."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: dict[int, _Found] = {}

    def keep(self, session_id: int, question: str, settings: ChatSettings, passages: list[Passage]) -> None:
        now = self._clock()
        self._found = {chat: found for chat, found in self._found.items() if now - found.at <= FRESH_S}
        self._found[session_id] = _Found(question.strip(), settings, passages, now)

    def peek(self, session_id: int, question: str, settings: ChatSettings) -> list[Passage] | None:
        """What was found for exactly this question, under these settings, a moment ago, None otherwise."""
        found = self._found.get(session_id)
        if found is None or self._clock() - found.at > FRESH_S:
            return None
        same = (found.question, found.settings) == (question.strip(), settings)
        return found.passages if same else None

    def take(self, session_id: int, question: str, settings: ChatSettings) -> list[Passage] | None:
        """`peek`, and forget the chat's draft."""
        passages = self.peek(session_id, question, settings)
        self.forget(session_id)
        return passages

    def forget(self, session_id: int) -> None:
        self._found.pop(session_id, None)
