"""Manners of a supervised process: one copy only, and never an orphan."""

import contextlib
import ctypes
import fcntl
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO

from services.core.errors import AlreadyRunning, Orphaned

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
ORPHAN_S = 6.0
"""A copy that lost its supervisord was asked to go when that died: the model process keeps chats for a few seconds."""
_LOOK_S = 0.1


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies: supervisord killed with SIGKILL leaves no second set behind."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def lock(run_dir: Path, name: str) -> IO[str]:
    """Hold `run_dir/name.lock` until this process ends; the file holds our pid.

    Raises AlreadyRunning when another living process holds it.
    """
    path = run_dir / f"{name}.lock"
    path.touch()
    file = path.open("r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise AlreadyRunning(
            f"{name} already runs as process {holder} on {run_dir}; stop it first", pid=holder
        ) from None
    with contextlib.suppress(OSError):  # the lock holds without its number, which is for others to read
        _write_pid(file.fileno())
    return file


def _write_pid(descriptor: int) -> None:
    # Over the old one, and cut then: a full disk has no new block to give.
    written = os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    os.ftruncate(descriptor, written)


def guard(run_dir: Path, name: str) -> IO[str]:
    """Take the lock of `name` and die with the parent. Keep the returned file open.

    Raises Orphaned when supervisord is gone already, AlreadyRunning when another copy lives.
    """
    if not os.environ.get("SUPERVISOR_ENABLED"):
        return lock(run_dir, name)
    die_with_parent()
    _refuse_orphans(run_dir)
    return _lock_after(run_dir, name)


def _refuse_orphans(run_dir: Path) -> None:
    """A parent that died before `die_with_parent` never sends its signal: then it is not our parent any more.

    supervisord writes its pid before it starts anything; a process 1 that adopts us is another one. On a full disk the
    file is empty: then the parent's name tells.
    """
    file = run_dir / "supervisord.pid"
    supervisor = _number(file)
    gone = supervisor != os.getppid() if supervisor is not None else file.exists() and not _is_supervisord(os.getppid())
    if gone:
        raise Orphaned(
            f"supervisord (process {supervisor or 'unknown'}) is gone; its next start starts this service too"
        )


def _lock_after(run_dir: Path, name: str) -> IO[str]:
    """The lock, also where a copy that a killed supervisord left behind still has it: that one is on its way out, and
    ended for good when it does not go."""
    deadline = time.monotonic() + ORPHAN_S
    while True:
        try:
            return lock(run_dir, name)
        except AlreadyRunning as error:
            holder = str(error.params["pid"])
            if not holder.isdigit() or not _is_orphan(int(holder), name):
                raise
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(holder), signal.SIGKILL)
                deadline += ORPHAN_S
        time.sleep(_LOOK_S)


def _is_orphan(pid: int, name: str) -> bool:
    """Whether `pid` is that service, and its parent no supervisord."""
    arguments = _arguments(pid)
    if f"services.{name}".encode() not in arguments:
        return False
    return not _is_supervisord(parent_of(pid))


def _is_supervisord(pid: int) -> bool:
    return any(part.endswith(b"supervisord") for part in _arguments(pid))


def parent_of(pid: int) -> int:
    """Process id of the parent, 0 when there is no such process (source: proc(5), stat field 4)."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def identity_of(pid: int) -> str:
    """Names a process beyond the reuse of its number; empty when there is none (source: proc(5), stat field 22, its
    start in clock ticks since boot)."""
    try:
        return f"{pid}:{Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    except (OSError, IndexError):
        return ""


def _arguments(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def rss_bytes(pid: int) -> int | None:
    """Resident memory of a process in bytes, None when it is gone (source: proc(5), statm field 2 in pages)."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * os.sysconf("SC_PAGESIZE")
