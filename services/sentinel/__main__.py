"""`python -m services.sentinel`: an event listener of supervisord that wakes with every TICK_5.

Standard library alone, and little of it: supervisord's own listener library would cost 22 MB.
Protocol: https://supervisord.org/events.html
"""

import contextlib
import os
import signal
import sys
import time

from services.sentinel.probe import QUESTIONS, ask_all
from services.sentinel.strikes import Strikes


def main() -> int:
    """Until supervisord closes the pipe."""
    run_dir, strikes = os.path.join(os.environ["ONDOL_HOME"], "run"), Strikes()
    events, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        answers.write(b"READY\n")
        answers.flush()
        header = events.readline()
        if not header:
            return 0
        fields = dict(field.split(":", 1) for field in header.decode().split())
        events.read(int(fields["len"]))
        look(run_dir, strikes)
        answers.write(b"RESULT 2\nOK")
        answers.flush()


def look(run_dir: str, strikes: Strikes) -> None:
    """One round; ends who is stuck."""
    answers = ask_all(run_dir)
    if answers is None:
        return
    for service in QUESTIONS:
        pid = _pid(run_dir, service)
        if pid is not None and strikes.judge(service, pid, answers.get(service), time.monotonic()):
            sys.stderr.write(f"{service} (process {pid}) is up but does not answer; it is killed to be started anew\n")
            sys.stderr.flush()
            _note(f"{run_dir}/{service}.stuck", pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _pid(run_dir: str, service: str) -> int | None:
    """The process that holds the service's lock, if supervisord started it: nobody else's is touched."""
    try:
        with open(f"{run_dir}/{service}.lock", encoding="ascii") as file:
            pid = int(file.read())
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            parent = int(file.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pid if parent == os.getppid() else None


def _note(path: str, pid: int) -> None:
    """For the next life, which tells people why the last one ended."""
    with contextlib.suppress(OSError), open(path, "w", encoding="ascii") as file:
        file.write(str(pid))


if __name__ == "__main__":
    sys.exit(main())
