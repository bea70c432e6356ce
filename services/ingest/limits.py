"""What a parser child may use, and how far back both stand in the queue for the processor."""

import contextlib
import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOWEST = 19


def step_back(nice: int) -> None:
    """Leave the greater share of the processor to others."""
    with contextlib.suppress(OSError):
        os.nice(max(0, nice - os.nice(0)))


def only_when_idle() -> None:
    """Run when nothing else wants the processor (SCHED_IDLE, else the lowest nice value). There is no way back."""
    step_back(_LOWEST)
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def die_with_parent(parent: int) -> None:
    """SIGKILL when the process `parent` ends; at once if it has ended already."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(0)


def cap_for_life(files: int, file_bytes: int) -> None:
    """Caps that hold for every document: open files, size of what is written, no core dumps, no new processes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))


def cap_for_document(memory_bytes: int, cpu_s: int) -> None:
    """Caps for the next document: address space, and processor seconds counted from now. Crossing the second kills."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + cpu_s, hard))


def peak_rss_bytes() -> int:
    """Highest resident memory of this program so far (proc(5), VmHWM; ru_maxrss would count what ran before exec)."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:")), 0)
