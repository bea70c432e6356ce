"""How the last life of the web process ended, told by a file that says whether it still runs and since which boot."""

from contextlib import suppress
from pathlib import Path
from typing import Literal

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
Ending = Literal["first", "stop", "power", "kill"]
"""There was none; it was stopped; the box went dark or was started anew under it; it alone died."""


def boot_id(path: Path = BOOT_ID) -> str:
    """Another one after each start of the machine, '' where the kernel does not say."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def ending(left: str | None, boot: str) -> Ending:
    """`left` is what `begin` and `end` wrote last, None where there is no such file."""
    if left is None:
        return "first"
    state, _, since = left.partition(" ")
    if state == "stopped":
        return "stop"
    return "kill" if since == boot else "power"


def begin(path: Path, boot: str) -> Ending:
    """A new life; how the one before ended."""
    try:
        left = path.read_text()
    except OSError:
        left = None
    _leave(path, f"running {boot}")
    return ending(left, boot)


def end(path: Path, boot: str) -> None:
    """Stopped as it should be."""
    _leave(path, f"stopped {boot}")


def _leave(path: Path, words: str) -> None:
    # A disk that is full or broken costs the next life this explanation, not this one its start.
    with suppress(OSError):
        path.write_text(words)
