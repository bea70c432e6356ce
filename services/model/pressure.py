"""Whether memory is about to run out: the kernel's pressure stall information, and what is left.

https://docs.kernel.org/accounting/psi.html: `some avg10` is the share of the last 10 s, in percent, in which somebody
waited for memory.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.core.free_memory import free_memory, own_group_v2

LOOK_S = 2.0
TIGHT_PERCENT, CALM_PERCENT = 10.0, 2.0
TIGHT_SHARE, CALM_SHARE = 0.02, 0.05
"""Of all memory that may be had: less left is tight, more is calm again."""


@dataclass(frozen=True, slots=True)
class Strain:
    """`stalled_percent` as above, 0.0 where the kernel does not tell; `free_bytes` of `total_bytes` are left."""

    stalled_percent: float
    free_bytes: int
    total_bytes: int


def strain(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> Strain:
    """Of our own control group where it tells (v2 memory.pressure), else of the machine."""
    files = [folder / "memory.pressure" for folder in own_group_v2(proc, cgroup)]
    stalled = next(
        (value for file in (*files, proc / "pressure" / "memory") if (value := _avg10(file)) is not None), 0.0
    )
    free = free_memory(proc, cgroup)
    return Strain(stalled, free.free_bytes, free.total_bytes)


def is_tight(now: Strain, before: bool) -> bool:
    """Pure. Once tight, it is so until all is calm."""
    percent, share = (CALM_PERCENT, CALM_SHARE) if before else (TIGHT_PERCENT, TIGHT_SHARE)
    return now.stalled_percent > percent or now.free_bytes < share * now.total_bytes


class Pressure:
    """`look` as often as wanted: it reads every LOOK_S seconds."""

    def __init__(self, read: Callable[[], Strain] = strain, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._next = 0.0
        self.tight = False
        self.free_bytes = self.total_bytes = 0

    def look(self) -> bool:
        """Whether `tight` changed."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + LOOK_S
        seen, before = self._read(), self.tight
        self.free_bytes, self.total_bytes, self.tight = seen.free_bytes, seen.total_bytes, is_tight(seen, before)
        return self.tight != before


def _avg10(file: Path) -> float | None:
    try:
        found = re.search(r"^some avg10=([\d.]+)", file.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return None
    return float(found[1]) if found else None
