"""What keeps the data from being opened, and when it may be gone. Pure but for `free_bytes`."""

import shutil
from pathlib import Path

from services.core.errors import DiskError, DiskFull, OndolError, disk_error
from services.web.storage.migrate import NewerDatabase
from services.web.storage.upgrade import UpgradeFailed

LEAST_MORE_BYTES = 16_000_000
"""So much more room must there be than at a try that failed for want of it."""


def obstacle_of(error: OndolError | OSError) -> OndolError | None:
    """The error that the waiting room tells; None for one that another start may well mend."""
    match error:
        case UpgradeFailed() | NewerDatabase() | DiskFull() | DiskError():
            return error
        case OSError():
            return disk_error(error)
    return None


def room_wanted(obstacle: OndolError, free: int) -> int | None:
    """Free bytes at which another try makes sense, where `free` were there at the one that failed; None: never.

    Where as much was free as was asked for and it was not enough, it must be clearly more.
    """
    if not isinstance(obstacle, DiskFull):
        return None
    needed = int(obstacle.params.get("needed") or 0)
    return needed if free < needed else free + max(LEAST_MORE_BYTES, needed // 4)


def free_bytes(folder: Path) -> int:
    """0 where the disk does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
