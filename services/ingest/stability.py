"""Tells when a file has come to rest. Pure: the clock and what stat said are handed in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stat:
    """What tells two states of a file apart without reading it."""

    size: int
    mtime_ns: int


class Tracker:
    """Files that changed lately, oldest change first."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._moving: dict[str, tuple[Stat, float]] = {}

    def __len__(self) -> int:
        return len(self._moving)

    def __contains__(self, path: str) -> bool:
        return path in self._moving

    def observe(self, path: str, stat: Stat, now: float) -> None:
        """The file was seen as `stat`; if that is news, its rest begins again."""
        known = self._moving.get(path)
        if known is None or known[0] != stat:
            self._moving.pop(path, None)
            self._moving[path] = (stat, now)

    def defer(self, path: str, now: float) -> None:
        """The file is not ready for another reason: let it rest once more."""
        stat, _ = self._moving.pop(path)
        self._moving[path] = (stat, now)

    def forget(self, path: str) -> None:
        """The file is gone."""
        self._moving.pop(path, None)

    def rested(self, now: float) -> list[tuple[str, Stat]]:
        """Files whose last known change is `settle_s` ago; stat them again, then `settle`."""
        due: list[tuple[str, Stat]] = []
        for path, (stat, since) in self._moving.items():
            if now - since < self._settle_s:
                break
            due.append((path, stat))
        return due

    def settle(self, path: str, stat: Stat, now: float) -> bool:
        """True, and the file is tracked no more, if it is still as it was; else its rest begins again."""
        if self._moving[path][0] == stat:
            del self._moving[path]
            return True
        self.observe(path, stat, now)
        return False

    def sizes(self) -> set[int]:
        """Sizes of the files tracked."""
        return {stat.size for stat, _ in self._moving.values()}

    def next_due(self) -> float | None:
        """When `rested` will next have something, None if nothing is tracked."""
        for _, since in self._moving.values():
            return since + self._settle_s
        return None
