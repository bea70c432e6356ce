"""Which sequence holds which cells of the pool. Pure bookkeeping: it mirrors what a unified KV cache does.

A cell holds one token's keys and values. Forked sequences share the cells of their common beginning; a cell is free
again when no sequence holds it.
"""

from collections.abc import Iterable


class CellLedger:
    """Counts cells exactly, sharing included."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0
        self._cells: dict[int, list[int]] = {}
        self._holders: list[int] = []
        self._free: list[int] = []

    @property
    def free(self) -> int:
        return self.capacity - self.used

    def length(self, seq: int) -> int:
        return len(self._cells.get(seq, ()))

    def append(self, seq: int, count: int) -> None:
        """The sequence grew by `count` tokens."""
        cells = self._cells.setdefault(seq, [])
        for _ in range(count):
            if self._free:
                cell = self._free.pop()
                self._holders[cell] = 1
            else:
                cell = len(self._holders)
                self._holders.append(1)
            cells.append(cell)
        self.used += count

    def fork(self, source: int, target: int, length: int) -> None:
        """`target`, which must be empty, shares the first `length` cells of `source`."""
        shared = self._cells[source][:length]
        for cell in shared:
            self._holders[cell] += 1
        self._cells[target] = shared

    def cut(self, seq: int, length: int) -> int:
        """Shorten to `length`; returns how many cells became free."""
        cells = self._cells.get(seq, [])
        freed = 0
        for cell in cells[length:]:
            self._holders[cell] -= 1
            if self._holders[cell] == 0:
                self._free.append(cell)
                freed += 1
        del cells[length:]
        if not cells:
            self._cells.pop(seq, None)
        self.used -= freed
        return freed

    def held(self, beginnings: Iterable[tuple[int, int]]) -> int:
        """Distinct cells in the given (sequence, length) beginnings."""
        cells: set[int] = set()
        for seq, length in beginnings:
            cells.update(self._cells.get(seq, ())[:length])
        return len(cells)
