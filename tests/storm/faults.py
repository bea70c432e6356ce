"""A disk that answers the system calls of a living process with an error, by strace; nothing of ours knows of it."""

import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

WRITES = "write,pwrite64,writev"
SYNCS = "fsync,fdatasync"
RENAMES = "rename,renameat,renameat2"
UP_S = 20.0


class Fault:
    """While entered, `calls` (names of system calls) of `pid`, its threads and the processes it starts end with
    `error`, on `paths` where there are any; `when` is strace's choice of which ("3+": from the third on; counted for
    each thread)."""

    def __init__(
        self, pid: int, calls: str, paths: list[Path], log: Path, error: str = "EIO", when: str = "1+"
    ) -> None:
        self._log = log
        chosen = [part for path in paths for part in ("-P", str(path))]
        self._command = ["strace", "-f", "-p", str(pid), "-o", str(log), "-e", f"trace={calls}", *chosen]
        self._command += ["-e", f"inject={calls}:error={error}:when={when}"]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._log.unlink(missing_ok=True)
        told = self._log.with_suffix(".stderr")
        with told.open("wb") as stderr:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stderr=stderr)
        deadline = time.monotonic() + UP_S
        while b"attached" not in told.read_bytes():
            assert self._process.poll() is None, told.read_text()
            assert time.monotonic() < deadline, "strace does not attach"
            time.sleep(0.02)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(UP_S)

    @property
    def hits(self) -> int:
        """How many calls were answered with the error so far."""
        return self._log.read_text(errors="replace").count("(INJECTED)") if self._log.exists() else 0
