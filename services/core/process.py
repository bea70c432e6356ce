"""Manners of a supervised process: one copy only, and never an orphan."""

import ctypes
import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import IO

from services.core.errors import AlreadyRunning

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies: supervisord killed with SIGKILL leaves no second set behind."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def lock(run_dir: Path, name: str) -> IO[str]:
    """Hold `run_dir/name.lock` until this process ends; the file holds our pid.

    Raises AlreadyRunning when another living process holds it.
    """
    file = (run_dir / f"{name}.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise AlreadyRunning(
            f"{name} already runs as process {holder} on {run_dir}; stop it first", pid=holder
        ) from None
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def guard(run_dir: Path, name: str) -> IO[str]:
    """Take the lock of `name` and die with the parent. Keep the returned file open."""
    held = lock(run_dir, name)
    if os.environ.get("SUPERVISOR_ENABLED"):
        die_with_parent()
    return held


def rss_bytes(pid: int) -> int | None:
    """Resident memory of a process in bytes, None when it is gone (source: proc(5), statm field 2 in pages)."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * os.sysconf("SC_PAGESIZE")
