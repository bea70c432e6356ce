"""How much smaller than its settings the model lives: one step at a time, before the kernel ends it for its memory.

A step is half the context and half the answers at once (`services/model/lives.py: smaller`). The weights stay, so a
step takes about a second, also where they would take minutes to be read from an SD card.
"""

from collections.abc import Callable

from services.core.config import Config
from services.model.lives import MOST_STEPS, SETTLED_S, smaller
from services.model.pressure import Pressure

SHRINK_AFTER_S = 15.0
"""Memory that is short for so long does not come back by itself."""
ROOMY_SHARE = 0.10
"""Of all memory: a larger model that left less would be in need again soon."""


class Footprint:
    """`look` whenever pressure was looked at; `steps` is what is in force, and `settle` sets it."""

    def __init__(self, config: Config, steps: int, clock: Callable[[], float]) -> None:
        """`config` as it is set, not made smaller."""
        self._config = config
        self._clock = clock
        self._since = clock()
        self._tight = False
        self.steps = steps

    def look(self, pressure: Pressure, *, idle: bool, cell_bytes: int) -> int:
        """How many steps smaller the model should be now; a token of context takes `cell_bytes`. It grows only while
        nobody is answered: nobody's chat is thrown out of the pool for a larger one that nobody waits for."""
        if pressure.tight != self._tight:
            self._tight, self._since = pressure.tight, self._clock()
        lasted_s = self._clock() - self._since
        if pressure.tight:
            return self.steps + 1 if lasted_s >= SHRINK_AFTER_S and self._can_shrink else self.steps
        if not self.steps or not idle or lasted_s < SETTLED_S:
            return self.steps
        more_bytes = (self.size(self.steps - 1)[0] - self.size(self.steps)[0]) * cell_bytes
        roomy = pressure.free_bytes - more_bytes >= ROOMY_SHARE * pressure.total_bytes
        return self.steps - 1 if roomy else self.steps

    def settle(self, steps: int) -> None:
        """The model has this size now, or could not get another: the next change comes no sooner than one after it."""
        self.steps, self._since = steps, self._clock()

    @property
    def _can_shrink(self) -> bool:
        return self.steps < MOST_STEPS and self.size(self.steps + 1) != self.size(self.steps)

    def size(self, steps: int) -> tuple[int, int]:
        """Tokens of context and answers at once."""
        engine = smaller(self._config, steps).engine
        return engine.context_tokens, engine.parallel
