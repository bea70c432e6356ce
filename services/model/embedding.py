"""Embedding requests: questions before anything else, the library's passages in whatever time the chat leaves."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from services.core.errors import ModelUnavailable
from services.core.protocol.frames import Embed, Embedded, Failed, Frame
from services.model.engine.base import Embedder, EngineFault
from services.model.scheduler import IngestShare
from services.model.speeds import Speeds

log = logging.getLogger(__name__)

LONGEST_CALL_S = 0.5
"""Several texts go into one call only as far as a question that comes meanwhile need not wait longer than this."""


@dataclass(slots=True)
class _Job:
    connection: int
    request: Embed
    vectors: list[bytes] = field(default_factory=list)
    ahead: tuple[int, ...] | None = None
    """Tokens of the next text, once they were looked at."""

    @property
    def done(self) -> bool:
        return len(self.vectors) == len(self.request.texts)


class Embedding:
    """Belongs to the worker thread, like the embedder."""

    def __init__(
        self,
        embedder: Embedder,
        speeds: Speeds,
        clock: Callable[[], float],
        emit: Callable[[int, Frame], None],
    ) -> None:
        self.embedder = embedder
        self._speeds = speeds
        self._clock = clock
        self._emit = emit
        self._queries: deque[_Job] = deque()
        self._background: deque[_Job] = deque()
        self._share = IngestShare()

    @property
    def idle(self) -> bool:
        return not self._queries and not self._background

    def submit(self, connection: int, request: Embed) -> None:
        job = _Job(connection, request)
        if job.done:
            self._emit(connection, Embedded(request.id, ()))
        elif request.priority in {"ingest", "draft"}:
            self._background.append(job)
        else:
            self._queries.append(job)

    def abort(self, connection: int, request_id: int | None = None) -> None:
        """Drop a request, or all of a connection."""
        for queue in (self._queries, self._background):
            kept = [j for j in queue if j.connection != connection or request_id not in {None, j.request.id}]
            queue.clear()
            queue.extend(kept)

    def step_queries(self) -> bool:
        """Embed the next question. False when there is none."""
        if not self._queries:
            return False
        self._run(self._queries, self.embedder.max_batch_texts)
        return True

    def step_background(self, *, chatting: bool, chat_s: float) -> bool:
        """Embed some passages: as many as fit one call while nobody chats; one at a time, and only when the chat's
        last steps (this one took `chat_s`) have earned the time for it, otherwise."""
        if not self._background:
            return False
        if not chatting:
            self._run(self._background, self.embedder.max_batch_texts)
            return True
        self._share.chat_step(chat_s)
        cost_s = len(self._next_tokens(self._background[0])) / self._speeds.embed_tokens_per_s
        if not self._share.allows(cost_s):
            return False
        self._share.spent(self._run(self._background, 1))
        return True

    def _next_tokens(self, job: _Job) -> tuple[int, ...]:
        if job.ahead is None:
            job.ahead = self.embedder.tokenize(job.request.texts[len(job.vectors)], job.request.kind)
        return job.ahead

    def _run(self, queue: deque[_Job], most_texts: int) -> float:
        """One native call for the first job of `queue`; returns its seconds."""
        job = queue[0]
        began = self._clock()
        texts: list[tuple[int, ...]] = []
        room = self.embedder.max_batch_tokens
        soon = self._speeds.embed_tokens_per_s * LONGEST_CALL_S
        while len(texts) < min(most_texts, len(job.request.texts) - len(job.vectors)):
            index = len(job.vectors) + len(texts)
            ahead = job.ahead if job.ahead is not None and not texts else None
            tokens = ahead or self.embedder.tokenize(job.request.texts[index], job.request.kind)
            if len(tokens) > room or (texts and sum(map(len, texts)) + len(tokens) > soon):
                break
            texts.append(tokens)
            room -= len(tokens)
        try:
            job.vectors += self.embedder.embed(texts)
        except EngineFault as fault:
            self._give_up(queue, fault)
            return self._clock() - began
        job.ahead = None
        seconds = self._clock() - began
        self._speeds.add_embedding(seconds, sum(map(len, texts)))
        if job.done:
            queue.popleft()
            self._emit(job.connection, Embedded(job.request.id, tuple(job.vectors)))
        return seconds

    def _give_up(self, queue: deque[_Job], fault: EngineFault) -> None:
        """A request that the library cannot compute must not come again at every step."""
        job = queue.popleft()
        log.error("a request for vectors is given up: %s", fault)
        error = ModelUnavailable(f"the embedding model failed: {fault}", reason=str(fault))
        self._emit(job.connection, Failed(job.request.id, error.code, error.message, error.params))
