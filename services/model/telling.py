"""What callers hear while they wait: their place, how far their prompt is read, and for how long still."""

from collections.abc import Callable, Sequence

from services.core.protocol.frames import Frame, Progress, Queued
from services.model import scheduler
from services.model.runs import Run
from services.model.sequences import Sequences
from services.model.speeds import Speeds

Emit = Callable[[int, Frame], None]
TELL_EVERY_S = 1.0
"""A waiting request hears its place and estimate at least this often."""


class Teller:
    """Looks at the runs under way (`active` is the loop's own list) and at measured speeds."""

    def __init__(
        self,
        active: Sequence[Run],
        sequences: Sequences,
        speeds: Speeds,
        parallel: int,
        clock: Callable[[], float],
        emit: Emit,
    ) -> None:
        self._active = active
        self._sequences = sequences
        self._speeds = speeds
        self._parallel = parallel
        self._clock = clock
        self._emit = emit

    def progress(self, run: Run) -> None:
        """Tell how much of the prompt is read."""
        done, total = self._sequences.length(run.seq), len(run.tokens)
        speed = self._speeds.prompt_tokens_per_s / max(1, sum(1 for other in self._active if not other.started))
        self._emit(run.connection, Progress(run.id, done, total, run.cached or 0, round((total - done) / speed, 2)))

    def waiting(self, line: Sequence[Run]) -> None:
        """Tell everybody in `line` (first is next) whose place changed or who has not heard for a second."""
        now = self._clock()
        for place, run in enumerate(line, 1):
            if run.started or (run.told_position == place and now - run.told_at < TELL_EVERY_S):
                continue
            run.told_position, run.told_at = place, now
            self._emit(run.connection, Queued(run.id, place, round(self.eta_s(place), 1)))

    def eta_s(self, position: int) -> float:
        """Seconds until the request at `position` (1 is next) begins."""
        per_token = self._speeds.step_s(max(1, len(self._active)))
        typical = self._speeds.answer_tokens
        left = [
            max(1.0, min(float(run.tokens_left), typical - run.completion_tokens)) * per_token
            + (len(run.tokens) - self._sequences.length(run.seq)) / self._speeds.prompt_tokens_per_s
            for run in self._active
        ]
        return scheduler.eta_s(position - 1, left, typical * per_token, self._parallel)
