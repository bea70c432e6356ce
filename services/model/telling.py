"""What callers hear while they wait: their place, how far their prompt is read, when their first token will come."""

from collections.abc import Callable, Iterable, Sequence

from services.core.protocol.frames import Frame, Progress, Queued
from services.model.forecast import Job, Rules, foretell
from services.model.runs import Run
from services.model.scheduler import HEADROOM_TOKENS
from services.model.sequences import Sequences
from services.model.speeds import Speeds

Emit = Callable[[int, Frame], None]
TELL_EVERY_S = 1.0
"""A waiting request hears its place and estimate at least this often."""
_EXPECTED_LEFT = 0.5
"""Of a usual answer, for one that is longer than usual already."""


class Teller:
    """Looks at the runs under way (`active` is the loop's own list) and at measured speeds."""

    def __init__(
        self,
        active: Sequence[Run],
        sequences: Sequences,
        speeds: Speeds,
        rules: Rules,
        clock: Callable[[], float],
        emit: Emit,
    ) -> None:
        self._active = active
        self._sequences = sequences
        self._speeds = speeds
        self._rules = rules
        self._clock = clock
        self._emit = emit

    def progress(self, runs: Iterable[Run]) -> None:
        """Tell how much of each one's prompt is read. `eta_s` counts to the first token."""
        told = [run for run in runs if not run.draft]
        if not told:
            return
        etas = self.etas(())
        for run in told:
            done, total = self._sequences.length(run.seq), len(run.tokens)
            eta = self._promise(run, etas[run.number])
            self._emit(run.connection, Progress(run.id, done, total, run.cached or 0, eta))

    def waiting(self, line: Sequence[Run]) -> None:
        """Tell everybody in `line` (first is next) whose place changed or who has not heard for a second."""
        now = self._clock()
        line = [run for run in line if not run.draft]
        late = [
            (place, run)
            for place, run in enumerate(line, 1)
            if run.told_position != place or now - run.told_at >= TELL_EVERY_S
        ]
        if not late:
            return
        etas = self.etas(line)
        for place, run in late:
            run.told_position, run.told_at = place, now
            self._emit(run.connection, Queued(run.id, place, self._promise(run, etas[run.number])))

    def came(self, run: Run) -> None:
        """Its first token is there: learn from the first estimate."""
        if run.first_estimate is not None:
            told_at, estimate = run.first_estimate
            self._speeds.experience.learn(estimate, self._clock() - told_at)

    def _promise(self, run: Run, estimate: float) -> float:
        run.first_estimate = run.first_estimate or (self._clock(), estimate)
        return self._corrected(estimate)

    def _corrected(self, estimate: float) -> float:
        return round(self._speeds.experience.corrected(estimate), 3)

    def expected(self, line: Sequence[Run]) -> list[float]:
        """Seconds to the first token of everybody in `line`."""
        etas = self.etas(line)
        return [self._corrected(etas[run.number]) for run in line]

    def etas(self, line: Sequence[Run]) -> dict[int, float]:
        """Seconds until the next token of everybody under way and in `line`, by number, as far as speeds tell."""
        active = {run.number: self._job(run) for run in self._active if not run.draft}
        queued = {run.number: self._job(run) for run in line if not run.draft}
        foretell(list(active.values()), list(queued.values()), self._speeds, self._rules, self._sequences.used)
        return {number: job.begins_s or 0.0 for number, job in (active | queued).items()}

    def eta_after(self, line: Sequence[Run]) -> float:
        """Seconds until somebody who came behind `line` would begin."""
        typical = Job(1.0, self._speeds.answer_tokens, HEADROOM_TOKENS)
        active = [self._job(run) for run in self._active if not run.draft]
        queued = [self._job(run) for run in line if not run.draft]
        foretell(active, [*queued, typical], self._speeds, self._rules, self._sequences.used)
        return self._corrected(typical.begins_s or 0.0)

    def _job(self, run: Run) -> Job:
        if run.seq >= 0:
            unread = len(run.tokens) - self._sequences.length(run.seq)
        else:
            unread = len(run.tokens) - max(run.kept, self._sequences.known(run.tokens, run.request.cache_key))
        writing = run.started and run.seq >= 0 and unread <= 1
        cells = len(run.tokens) + min(HEADROOM_TOKENS, run.tokens_left)
        return Job(0.0 if writing else max(unread, 1), self._expected(run), cells, run.request.repeatable)

    def _expected(self, run: Run) -> float:
        """Tokens it will probably still say."""
        usual = self._speeds.answer_tokens
        expected = max(usual - run.completion_tokens, usual * _EXPECTED_LEFT)
        return max(1.0, min(float(run.tokens_left), expected))
