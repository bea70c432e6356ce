"""Turns what the house notices of itself into happenings."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from services.core.happenings import Happenings
from services.core.protocol.frames import Death, ModelState
from services.web.vitals.life import Ending

HOT_C = 80.0
COOL_C = 72.0
"""Hot is told again only after it was as cool as this."""
Loss = Literal["memory", "stuck", "unknown"]
LOSSES: dict[Death, Loss] = {"out_of_memory": "memory", "stuck": "stuck"}


def oom_kills(vmstat: Path = Path("/proc/vmstat")) -> int:
    """How often the kernel has ended a process for want of memory since boot, in any cgroup (Linux 4.13 on, else 0)."""
    try:
        lines = vmstat.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


class Chronicle:
    """Told of changes, it records those that somebody would want to know of later."""

    def __init__(
        self,
        happenings: Happenings,
        kills: Callable[[], int] = oom_kills,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._happenings = happenings
        self._kills = kills
        self._clock = clock
        self._seen_kills = kills()
        self._model_pid: int | None = None
        self._model_lost_at: float | None = None
        self._model_steps: int | None = None
        self._refused_pid: int | None = None
        self._ingest_pid: int | None = None
        self._hot = False

    def house_started(self, before: Ending) -> None:
        if before == "kill":
            self._happenings.record("part_restarted", part="web")
        else:
            self._happenings.record("house_started", after=before)

    def model_changed(self, state: ModelState | None) -> None:
        """Each word of the model process; None when it went away."""
        if state is None:
            self._model_lost_at = self._clock()
            return
        if self._model_pid not in (None, state.pid):
            away_s = round(self._clock() - self._model_lost_at, 1) if self._model_lost_at is not None else 0.0
            self._happenings.record("model_restarted", reason=self._loss(state), away_s=away_s)
        self._model_pid, self._model_lost_at = state.pid, None
        if state.tight_bytes is not None:
            self._happenings.record("memory_tight", available_bytes=state.tight_bytes)
        if state.facts is not None:
            self._sized(state.steps, state.facts.n_ctx)
        if state.state == "unavailable" and self._refused_pid != state.pid:
            self._refused_pid = state.pid
            self._happenings.record("model_unavailable", reason=state.reason)

    def _sized(self, steps: int, n_ctx: int) -> None:
        before, self._model_steps = self._model_steps, steps
        if before is not None and steps != before:
            self._happenings.record("model_smaller" if steps > before else "model_larger", context_tokens=n_ctx)

    def _loss(self, state: ModelState) -> Loss:
        if state.died is not None:
            return LOSSES.get(state.died, "unknown")
        before, self._seen_kills = self._seen_kills, self._kills()
        return "memory" if self._seen_kills > before else "unknown"

    def ingest_seen(self, pid: int | None) -> None:
        """The process id of the ingest process, None while it is away."""
        if pid is None:
            return
        if self._ingest_pid not in (None, pid):
            self._happenings.record("part_restarted", part="ingest")
        self._ingest_pid = pid

    def temperature(self, celsius: float | None) -> None:
        if celsius is None:
            return
        if celsius >= HOT_C and not self._hot:
            self._hot = True
            self._happenings.record("too_hot", celsius=round(celsius))
        elif celsius <= COOL_C:
            self._hot = False
