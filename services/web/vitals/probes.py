"""What the kernel says about the box. Blocking, short reads: called in a thread."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from services.core.free_memory import free_memory
from services.core.heat import temperature_c


@dataclass(frozen=True, slots=True)
class Box:
    """`cpu_busy` and `cpu_total` count clock ticks of all cores since boot: two looks make a share."""

    cpu_busy: int
    cpu_total: int
    celsius: float | None
    memory_available_bytes: int
    memory_total_bytes: int
    disk_free_bytes: int
    disk_total_bytes: int


@dataclass(slots=True)
class Probes:
    """Where to look; `home` is on the disk that matters."""

    home: Path
    stat: Path = field(default=Path("/proc/stat"))

    def look(self) -> Box:
        busy, total = cpu_ticks(self.stat.read_text())
        memory = free_memory()
        disk = os.statvfs(self.home)
        return Box(
            cpu_busy=busy,
            cpu_total=total,
            celsius=temperature_c(),
            memory_available_bytes=memory.free_bytes,
            memory_total_bytes=memory.total_bytes,
            disk_free_bytes=disk.f_bavail * disk.f_frsize,
            disk_total_bytes=disk.f_blocks * disk.f_frsize,
        )


def cpu_ticks(stat: str) -> tuple[int, int]:
    """(busy, total) of all cores (source: proc(5), /proc/stat: user nice system idle iowait irq softirq steal; guest
    time is part of user already)."""
    ticks = [int(number) for number in stat.split("\n", 1)[0].split()[1:9]]
    idle = sum(ticks[3:5])
    return sum(ticks) - idle, sum(ticks)
