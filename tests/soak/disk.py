"""An ext4 file system in a file, whose power can be cut. Needs root for loop devices and mounts."""

import fcntl
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32), include/uapi/linux/fs.h
NO_LOG_FLUSH = (2).to_bytes(4, "little")


class Disk:
    """Mounted at `path` while it is entered. `cut` loses all that was not flushed, `plug_in` mounts what is left."""

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.path = folder / "disk"
        self._image = folder / "disk.img"
        self._size = size_bytes

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True)
        with self._image.open("wb") as file:
            file.truncate(self._size)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))
        self.plug_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()
        self._image.unlink()

    def cut(self) -> None:
        """From now on nothing reaches the disk; every write fails."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, FS_IOC_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(descriptor)

    def plug_in(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.path))

    def unplug(self) -> None:
        """Waits for the last process to be gone."""
        deadline = time.monotonic() + 20
        while subprocess.run(["umount", str(self.path)], capture_output=True, check=False).returncode != 0:
            assert time.monotonic() < deadline, f"{self.path} stays busy"
            time.sleep(0.1)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr} (this trial needs root)"
