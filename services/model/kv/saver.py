"""When idle chats are copied out: some seconds after their last use, a block at a time, seldom while others chat."""

from collections.abc import Callable

from services.model.kv.keeper import Keeper
from services.model.sequences import Sequences

_RETRY_S = 0.2


class Saver:
    """`work` between steps; `due_s` says when it wants to be called while nothing else happens."""

    def __init__(self, sequences: Sequences, keeper: Keeper, after_s: float, clock: Callable[[], float]) -> None:
        self._sequences = sequences
        self._keeper = keeper
        self._after_s = after_s
        self._clock = clock
        self._due: float | None = 0.0

    def due_s(self) -> float | None:
        """Seconds until `work` may have something to do; None: not before somebody asks something."""
        if not self._keeper.writable or self._due is None:
            return None
        return _RETRY_S if self._keeper.full else max(self._due - self._clock(), 0.0)

    def wake(self) -> None:
        """Something was computed: there may be more to copy."""
        self._due = 0.0

    def work(self, *, chatting: bool) -> None:
        """Copy at most one block out."""
        if not self._keeper.may_copy(chatting=chatting):
            return
        began = self._clock()
        next_use = self._sequences.save_one(began - self._after_s)
        self._keeper.copied(self._clock() - began)
        self._due = next_use + self._after_s if next_use else next_use
