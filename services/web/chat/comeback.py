"""How the model process comes back after it went: what is told meanwhile, and how long that takes on this box."""

import time
from collections.abc import Callable

from services.core.protocol.client import ModelClient
from services.core.protocol.frames import ModelState
from services.web.chat.events import ModelRestarting
from services.web.chat.live import LiveRun

MAX_CONTINUATIONS = 3
"""A question that keeps killing the model process, or the house, is given up."""
LEAST_ETA_S = 1.0


class Comeback:
    """Learns from every time the model process became ready how long it had been away."""

    def __init__(self, model: ModelClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._clock = clock
        self._away_since: float | None = clock()
        self._usual_s: float | None = None
        self._pid: int | None = None
        model.listen(self._heard)

    def _heard(self, state: ModelState | None) -> None:
        if state is None or state.state != "ready":
            self._away_since = self._away_since if self._away_since is not None else self._clock()
        elif self._away_since is not None:
            if state.pid != self._pid:  # a model that only changed its size says nothing of how long a start takes
                self._usual_s = self._clock() - self._away_since
            self._pid, self._away_since = state.pid, None

    @property
    def eta_s(self) -> float | None:
        """Seconds until it will probably answer again; None when it never did."""
        if self._usual_s is None or self._away_since is None:
            return None
        return round(max(self._usual_s - (self._clock() - self._away_since), LEAST_ETA_S), 1)

    def event(self, run: LiveRun) -> ModelRestarting:
        """What the viewers of a run that was cut off hear now."""
        cause = self._model.state.died if self._model.state is not None else None
        reason = self._model.unavailable().message
        return ModelRestarting(run.stored.id, reason, max(run.starts, 1), MAX_CONTINUATIONS, cause, self.eta_s)
