"""One answer while it is being made: what was said so far, and what its viewers last heard."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from services.web.chat.events import (
    AnswerHead,
    ContextView,
    Event,
    ModelRestarting,
    StreamRewind,
    StreamStart,
    StreamToken,
)
from services.web.storage.runs import JournalEntry, StoredRun


@dataclass(slots=True)
class LiveRun:
    """`texts` holds the text of every stream_token so far, `tokens` all tokens of them."""

    stored: StoredRun
    model_key: str = ""
    """The model file whose tokens these are."""
    texts: list[str] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    let_out: str = ""
    """Text that an earlier end let out of what the model holds back; when the answer goes on it says that again."""
    started: bool = False
    starts: int = 0
    """How often it was begun: once, and once more each time it was cut off and went on."""
    counted: bool = False
    """The start under way is in the database's count."""
    restarting: ModelRestarting | None = None
    """Told while it waits for the next life of the model process."""
    resumed: bool = False
    context: ContextView | None = None
    notice: Event | None = None
    """Last queued or prompt_progress event, for who joins before the first token."""
    noticed_at: float = 0.0
    heard_at: float = 0.0
    """When its viewers were last told anything."""
    waits_for: Literal["model", "engine"] | None = "engine"
    """What keeps the next token from coming; None while tokens come."""
    promise: tuple[float, float] | None = None
    """When the first estimate was told, and its seconds to the first token."""
    max_tokens: int = 0
    first_at: float = 0.0
    first_tokens: int = 0
    """When tokens began to come (again), and how many there were then."""
    request_id: int | None = None
    stopping: bool = False
    task: asyncio.Task[None] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def from_journal(cls, stored: StoredRun, entries: list[JournalEntry]) -> "LiveRun":
        """A run that was cut off, with everything that was journaled of it."""
        run = cls(stored, model_key=stored.model_key or "", resumed=bool(entries), starts=stored.attempts)
        for entry in entries:
            run.tokens += entry.tokens
            run.texts.append(entry.text)
            run.let_out = "" if entry.tokens else run.let_out + entry.text
        return run

    def add(self, tokens: tuple[int, ...], text: str) -> JournalEntry:
        """Append what the model said and return its journal row."""
        if tokens and self.let_out:
            known = _shared(self.let_out, text)
            text, self.let_out = text[known:], self.let_out[known:]
        self.tokens += tokens
        self.texts.append(text)
        return JournalEntry(self.stored.id, self.seq, tokens, text)

    @property
    def seq(self) -> int:
        """Number of stream_token frames so far; they count from 1."""
        return len(self.texts)

    @property
    def content(self) -> str:
        return "".join(self.texts)

    def since(self, after_seq: int) -> list[Event]:
        """What a viewer who has everything up to `after_seq` is missing. One who is ahead of us (we lost the last
        moments in a power cut) must replace its text."""
        if after_seq > self.seq:
            return [self.rewind_event()]
        return [StreamToken(self.stored.id, seq, self.texts[seq - 1]) for seq in range(after_seq + 1, self.seq + 1)]

    def start_event(self) -> StreamStart:
        return StreamStart(
            run_id=self.stored.id,
            seq=self.seq,
            content=self.content,
            message=AnswerHead(self.stored.message_id, parent_id=self.stored.user_message_id),
            context=self.context,
            resumed=self.resumed,
        )

    def rewind_event(self) -> StreamRewind:
        return StreamRewind(self.stored.id, self.seq, self.content)

    def joining_events(self) -> list[Event]:
        """What a viewer who comes now has to hear first."""
        if self.started or self.seq:
            return [event for event in (self.start_event(), self.restarting) if event is not None]
        latest = self.restarting or self.notice
        return [latest] if latest is not None else []


def _shared(one: str, other: str) -> int:
    """Length of the beginning that two texts have in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
