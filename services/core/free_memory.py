"""How much memory this process may still take: what a control group leaves, and what the machine has.

`/proc/meminfo` shows the host even inside a container, so the group's limit is read too, of v1 and v2, up to the root.
Pages of files that the kernel can drop count as free, as in the kernel's own MemAvailable.
"""

import re
from dataclasses import dataclass
from pathlib import Path

_UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class FreeMemory:
    """`free_bytes` can be taken; `limited_by` is "machine" or "control group"; `total_bytes` is its whole size."""

    free_bytes: int
    total_bytes: int
    limited_by: str


def free_memory(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> FreeMemory:
    """The narrowest of all bounds. Files that do not exist or say "max" bound nothing."""
    meminfo = _table(proc / "meminfo")
    found = [FreeMemory(meminfo.get("MemAvailable", 0) * 1024, meminfo.get("MemTotal", 0) * 1024, "machine")]
    for controllers, path in _groups(proc / "self" / "cgroup"):
        if controllers == "":
            for root in (cgroup, cgroup / "unified"):
                found += _bounds(root, path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            limit, used = "memory.limit_in_bytes", "memory.usage_in_bytes"
            found += _bounds(cgroup / "memory", path, limit, used, "total_inactive_file")
    return min(found, key=lambda bound: bound.free_bytes)


def oom_kills(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """How often the kernel has ended a process for want of memory: in our own control group where it counts that (v2
    memory.events, v1 memory.oom_control), else on the whole machine (vmstat)."""
    for controllers, path in _groups(proc / "self" / "cgroup"):
        if controllers == "":
            files = [root / path.strip("/") / "memory.events" for root in (cgroup, cgroup / "unified")]
        elif "memory" in controllers.split(","):
            files = [
                cgroup / "memory" / path.strip("/") / "memory.oom_control",
                cgroup / "memory" / "memory.oom_control",
            ]
        else:
            continue
        for file in files:
            if (kills := _table(file).get("oom_kill")) is not None:
                return kills
    return _table(proc / "vmstat").get("oom_kill", 0)


def own_group_v2(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> list[Path]:
    """Where the files of our own control group (v2) may be."""
    paths = [path for controllers, path in _groups(proc / "self" / "cgroup") if controllers == ""]
    return [root / path.strip("/") for path in paths for root in (cgroup, cgroup / "unified")]


def _groups(path: Path) -> list[tuple[str, str]]:
    """(controllers, path) of each hierarchy this process is in; controllers are "" in v2."""
    lines = _text(path).splitlines()
    return [(parts[1], parts[2]) for parts in (line.split(":", 2) for line in lines) if len(parts) == 3]


def _bounds(root: Path, group: str, limit_file: str, used_file: str, droppable_key: str) -> list[FreeMemory]:
    """Of the group and all above it. Inside a container the path may not exist: then its own root is the group."""
    place = root / group.strip("/")
    places = [root] if not place.is_dir() else [place, *(p for p in place.parents if p.is_relative_to(root))]
    found = []
    for folder in places:
        limit = _number(folder / limit_file)
        used = _number(folder / used_file)
        if limit is None or used is None or limit >= _UNLIMITED:
            continue
        droppable = _table(folder / "memory.stat").get(droppable_key, 0)
        free = max(limit - max(used - droppable, 0), 0)
        found.append(FreeMemory(min(free, limit), limit, "control group"))
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _table(path: Path) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^(\w+):?\s+(\d+)", _text(path), re.MULTILINE)}
