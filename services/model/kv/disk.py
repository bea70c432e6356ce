"""Block files in `kv/`: written in one piece, read and checked as a whole. Nothing else touches the folder."""

import contextlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from services.model.kv.blockfile import MAX_HEADER_BYTES, Damaged, Header, Payload, check_payload, pack, unpack
from services.model.kv.blocks import Block
from services.model.kv.budget import FILE_NAME as BUDGET_FILE

log = logging.getLogger(__name__)
SUFFIX = ".kv"
_CHUNK_BYTES = 1 << 20
LEAST_FREE_BYTES = 500_000_000
"""People's words and documents come first: so much of the disk is left to them."""


class Abandoned(Exception):
    """The time for writing is over; nothing of the file stays."""


class DiskFull(OSError):
    """Less than LEAST_FREE_BYTES would be left."""


class BlockFiles:
    """Blocks of one `key`. May be used from several threads for different blocks."""

    def __init__(self, folder: Path, key: bytes, least_free_bytes: int = LEAST_FREE_BYTES) -> None:
        self._folder = folder
        self._key = key
        self._least_free = least_free_bytes

    def path(self, block: Block) -> Path:
        return self._folder / f"{block.digest.hex()}{SUFFIX}"

    def scan(self, on_rejected: Callable[[Path, str], None]) -> Iterator[tuple[Block, int, float]]:
        """Every good file's block, size and time of last use; whatever else lies in the folder is deleted."""
        for path in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            if path.name == BUDGET_FILE:
                continue
            try:
                header = self._header(path)
                yield header.block, header.file_bytes, path.stat().st_mtime
            except (OSError, Damaged) as error:
                if path.suffix != ".part":
                    on_rejected(path, str(error))
                _remove(path)

    def _header(self, path: Path) -> Header:
        """Raises Damaged, OSError."""
        with path.open("rb") as file:
            header = unpack(file.read(MAX_HEADER_BYTES), os.fstat(file.fileno()).st_size)
        if header.key != self._key:
            raise Damaged("it belongs to another model, build or kind of cache")
        if path.name != self.path(header.block).name:
            raise Damaged("it has another block's name")
        return header

    def write(self, header: Header, payload: Payload, out_of_time: Callable[[], bool]) -> None:
        """Make the file appear whole or not at all. Raises OSError, Abandoned."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if shutil.disk_usage(self._folder).free - header.file_bytes < self._least_free:
            raise DiskFull(f"less than {self._least_free / 1e6:.0f} MB would be free")
        target = self.path(header.block)
        part = target.with_suffix(".part")
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0) as file:
                file.write(pack(header))
                _write_all(file.fileno(), payload, out_of_time)
                os.fsync(file.fileno())
            os.replace(part, target)
        except BaseException:
            _remove(part)
            raise

    def read(self, block: Block) -> Payload:
        """The checked payload. Raises Damaged, OSError."""
        path = self.path(block)
        with path.open("rb", buffering=0) as file:
            header = unpack(file.read(MAX_HEADER_BYTES), os.fstat(file.fileno()).st_size)
            if header.key != self._key or header.block != block:
                raise Damaged("it is another block")
            file.seek(header.length)
            payload = bytearray(header.size)
            view, at = memoryview(payload), 0
            while at < header.size and (count := file.readinto(view[at:])):
                at += count
        check_payload(header, payload)
        return payload

    def touch(self, block: Block) -> None:
        """It was used now."""
        with contextlib.suppress(OSError):
            os.utime(self.path(block))

    def delete(self, block: Block) -> None:
        _remove(self.path(block))


def _write_all(descriptor: int, payload: Payload, out_of_time: Callable[[], bool]) -> None:
    view, at = memoryview(payload).cast("B"), 0
    while at < len(view):
        if out_of_time():
            raise Abandoned
        at += os.write(descriptor, view[at : at + _CHUNK_BYTES])


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be removed: %s", path, error)
