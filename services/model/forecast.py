"""When everybody's next word will come: the scheduler's rules played forward with expected speeds. Pure.

Between two events (somebody has read everything, somebody is done) everyone advances at a steady pace, so a forecast
costs as many rounds as there are requests, not tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.model.scheduler import MIN_SLICE_TOKENS, reading_s


class Pace(Protocol):
    """What is known of this box (Speeds)."""

    def step_s(self, decoding: int, depth: float = 0) -> float: ...

    def read_s(self, tokens: float, depth: float = 0) -> float: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """Of the scheduler: answers at once, allowed gap between tokens, cells of the pool, tokens of a batch."""

    parallel: int
    max_stall_s: float
    pool: int
    n_batch: int


@dataclass(slots=True, eq=False)
class Job:
    """A request: prompt tokens to read, tokens it will still say, cells it needs to be let in; `last_alone` reads its
    last token in a step of its own."""

    unread: float
    answer: float
    cells: int
    last_alone: bool = False
    begins_s: float | None = field(default=None, init=False)
    """Result: seconds until its next token."""


def foretell(active: Sequence[Job], line: Sequence[Job], pace: Pace, rules: Rules, depth: int = 0) -> None:
    """Set `begins_s` of all jobs. `line` is in the order of admission, `depth` are cells in use now."""
    running, waiting = list(active), list(line)
    now = 0.0
    for job in running:
        if job.unread <= 0:
            job.begins_s = pace.step_s(len(running), depth)
    while any(job.begins_s is None for job in [*running, *waiting]):
        _let_in(running, waiting, rules)
        spent, read, said = _round(running, pace, rules, depth)
        now += spent
        for job in running:
            if job.unread > 0:
                job.unread -= read
            else:
                job.answer -= said
        depth = min(rules.pool, depth + int(read * _readers(running)))
        for job in running:
            if job.unread <= _NOTHING and job.begins_s is None:
                job.unread = 0.0
                job.begins_s = now + (pace.step_s(1, depth) if job.last_alone else 0.0)
        running = [job for job in running if job.unread > _NOTHING or job.answer > _NOTHING]


_NOTHING = 1e-6


def _readers(running: Sequence[Job]) -> int:
    return sum(1 for job in running if job.unread > _NOTHING)


def _let_in(running: list[Job], waiting: list[Job], rules: Rules) -> None:
    while waiting and len(running) < rules.parallel:
        if running and sum(job.cells for job in [*running, waiting[0]]) > rules.pool:
            return
        job = waiting.pop(0)
        running.append(job)


def _round(running: Sequence[Job], pace: Pace, rules: Rules, depth: int) -> tuple[float, float, float]:
    """Until the next event: (seconds, tokens each reader has read, tokens each answer has got)."""
    readers = [job for job in running if job.unread > _NOTHING]
    writers = [job for job in running if job.unread <= _NOTHING]
    step_s = pace.step_s(len(writers), depth)
    least_answer = min((max(job.answer, 1.0) for job in writers), default=0.0)
    if not readers:
        return least_answer * step_s, 0.0, least_answer
    least_unread = min(job.unread for job in readers)
    together = least_unread * len(readers)
    read_s = pace.read_s(together, depth)
    if not writers:
        return read_s, least_unread, 0.0
    a_step = max(reading_s(step_s, rules.max_stall_s) * together / read_s, MIN_SLICE_TOKENS)
    steps = min(together / min(a_step, rules.n_batch - len(writers)), least_answer)
    share = min(1.0, steps * min(a_step, rules.n_batch - len(writers)) / together)
    return steps * step_s + share * read_s, share * least_unread, steps
