"""A disk that answers the system calls of a living process with an error, by strace; nothing of ours knows of it."""

import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.appliance import children_of

WRITES = "write,pwrite64,writev"
SYNCS = "fsync,fdatasync"
RENAMES = "rename,renameat,renameat2"
UP_S = 20.0


class Fault:
    """While entered, `calls` (names of system calls) of `pid` end with `error`, on `paths` where there are any; `when`
    is strace's choice of which ("3+": from the third on; counted for each thread). Processes that it starts meanwhile
    fail too, and with `children` those that it has."""

    def __init__(
        self,
        pid: int,
        calls: str,
        paths: list[Path],
        log: Path,
        *,
        error: str = "EIO",
        when: str = "1+",
        children: bool = False,
    ) -> None:
        self._pid = pid
        self._children = children
        self._log = log
        self._told = log.with_suffix(".stderr")
        self._options = ["-f", "-o", str(log), "-e", f"trace={calls}"]
        self._options += ["-e", f"inject={calls}:error={error}:when={when}"]
        self._options += [part for path in paths for part in ("-P", str(path))]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._log.unlink(missing_ok=True)
        deadline = time.monotonic() + UP_S
        self._start()
        while b"attached" not in self._told.read_bytes():
            assert self._process is not None
            assert time.monotonic() < deadline, f"strace does not attach: {self._told.read_text()}"
            if self._process.poll() is not None:  # a child was gone before it was reached
                self._start()
            time.sleep(0.02)
        return self

    def _start(self) -> None:
        family = [
            part
            for pid in (self._pid, *(children_of(self._pid) if self._children else ()))
            for part in ("-p", str(pid))
        ]
        with self._told.open("wb") as stderr:
            self._process = subprocess.Popen(
                ["strace", *self._options, *family], stdin=subprocess.DEVNULL, stderr=stderr
            )

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
