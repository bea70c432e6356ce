"""What waits to be read: renamed files, then new ones from small to large, then old ones for a new reader. Pure."""

import heapq
from enum import IntEnum

from services.ingest.stability import Stat


class Rank(IntEnum):
    MOVED = 0
    CHANGED = 1
    OUTDATED = 2


class Backlog:
    """Each path waits once."""

    def __init__(self) -> None:
        self._heap: list[tuple[Rank, int, int, str]] = []
        self._waiting: dict[str, tuple[int, Stat]] = {}
        self._sizes: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, path: str) -> bool:
        return path in self._waiting

    def get(self, path: str) -> Stat | None:
        """The state of the file that waits, None when it does not wait."""
        entry = self._waiting.get(path)
        return entry[1] if entry else None

    def put(self, path: str, stat: Stat, rank: Rank) -> None:
        """Add a path, or replace what was said of it before."""
        self.discard(path)
        self._count += 1
        self._waiting[path] = (self._count, stat)
        self._sizes[stat.size] = self._sizes.get(stat.size, 0) + 1
        heapq.heappush(self._heap, (rank, stat.size, self._count, path))

    def discard(self, path: str) -> None:
        """Forget a path."""
        entry = self._waiting.pop(path, None)
        if entry:
            size = entry[1].size
            self._sizes[size] -= 1
            if not self._sizes[size]:
                del self._sizes[size]

    def take(self) -> tuple[str, Stat] | None:
        """The next path, None when nothing waits."""
        while self._heap:
            _, _, count, path = heapq.heappop(self._heap)
            entry = self._waiting.get(path)
            if entry and entry[0] == count:
                self.discard(path)
                return path, entry[1]
        return None

    def sizes(self) -> set[int]:
        """Sizes of what waits: one may be a vanished file under a new name."""
        return set(self._sizes)
