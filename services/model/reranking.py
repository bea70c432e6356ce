"""Reranking requests: somebody waits for a search, so they come before the next tokens, a short call at a time."""

import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from services.core.errors import ModelUnavailable
from services.core.protocol.frames import Failed, Frame, Rerank, Reranked
from services.model.engine.base import EngineFault, Reranker

log = logging.getLogger(__name__)

LONGEST_CALL_S = 0.25
"""Several pairs go into one call only as far as answers under way need not wait longer than this."""
_GUESS_TOKENS_PER_S = 200.0
_NEWEST_SHARE = 0.5


@dataclass(slots=True)
class _Job:
    connection: int
    request: Rerank
    ends_at: float
    scores: list[float] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return len(self.scores) == len(self.request.texts)


class Reranking:
    """Belongs to the worker thread, like the reranker."""

    def __init__(self, reranker: Reranker, clock: Callable[[], float], emit: Callable[[int, Frame], None]) -> None:
        self._reranker = reranker
        self._clock = clock
        self._emit = emit
        self._jobs: deque[_Job] = deque()
        self._tokens_per_s = _GUESS_TOKENS_PER_S

    @property
    def idle(self) -> bool:
        return not self._jobs

    def submit(self, connection: int, request: Rerank) -> None:
        within_s = math.inf if request.within_s is None else request.within_s
        job = _Job(connection, request, self._clock() + within_s)
        if job.done:
            self._emit(connection, Reranked(request.id, ()))
        else:
            self._jobs.append(job)

    def abort(self, connection: int, request_id: int | None = None) -> None:
        """Drop a request, or all of a connection."""
        kept = [j for j in self._jobs if j.connection != connection or request_id not in {None, j.request.id}]
        self._jobs = deque(kept)

    def step(self) -> None:
        """One native call for the first request, if there is one."""
        if not self._jobs:
            return
        job = self._jobs[0]
        try:
            self._score_some(job)
        except EngineFault as fault:
            log.error("a search keeps its order: %s", fault)
            self._jobs.popleft()
            error = ModelUnavailable(f"the reranking model failed: {fault}", reason=str(fault))
            self._emit(job.connection, Failed(job.request.id, error.code, error.message, error.params))
            return
        if job.done or self._late(job):
            self._jobs.popleft()
            self._emit(job.connection, Reranked(job.request.id, tuple(job.scores)))

    def _late(self, job: _Job) -> bool:
        """Whether the next pair would come too late."""
        pair = self._reranker.tokenize(job.request.query, job.request.texts[len(job.scores)])
        return self._clock() + len(pair) / self._tokens_per_s > job.ends_at

    def _score_some(self, job: _Job) -> None:
        began = self._clock()
        pairs = self._next_pairs(job)
        job.scores += self._reranker.score(pairs)
        speed = sum(map(len, pairs)) / max(self._clock() - began, 1e-6)
        self._tokens_per_s += (speed - self._tokens_per_s) * _NEWEST_SHARE

    def _next_pairs(self, job: _Job) -> list[tuple[int, ...]]:
        """At least one, and as many more as fit into a call."""
        left_s = min(LONGEST_CALL_S, max(job.ends_at - self._clock(), 0.0))
        room = min(self._reranker.max_batch_tokens, int(self._tokens_per_s * left_s))
        pairs: list[tuple[int, ...]] = []
        for text in job.request.texts[len(job.scores) :][: self._reranker.max_batch_texts]:
            pair = self._reranker.tokenize(job.request.query, text)
            if pairs and len(pair) > room:
                break
            pairs.append(pair)
            room -= len(pair)
        return pairs
