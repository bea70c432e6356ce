"""Zip files that may be hostile: what they claim and what they give are both bounded."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from services.ingest.document import Limits, ParseError, Source

_SMALL_BYTES = 10_000_000  # below this any ratio is harmless
_ENCRYPTED = 0x1
_READ_BYTES = 65_536


class Archive:
    """Members of a checked zip file."""

    def __init__(self, zipped: zipfile.ZipFile, limits: Limits) -> None:
        self._zipped = zipped
        self._limits = limits
        self._unpacked = 0
        self.names = zipped.namelist()

    def __contains__(self, name: str) -> bool:
        return name in self._zipped.NameToInfo

    def chunks(self, name: str) -> Iterator[bytes]:
        """The member piece by piece; what comes out is counted. Raises ParseError."""
        try:
            info = self._zipped.getinfo(name)
        except KeyError:
            raise ParseError("broken", f"the file lacks its part {name}") from None
        given = 0
        self._check(info.file_size, info.compress_size)  # what it claims; below, what it gives
        with self._zipped.open(info) as member:
            while data := member.read(_READ_BYTES):
                given += len(data)
                self._unpacked += len(data)
                self._check(given, info.compress_size)
                yield data

    def read(self, name: str, most: int = 4_000_000) -> bytes:
        """A small member as a whole. Raises ParseError when it has more than `most` bytes."""
        parts, size = [], 0
        for data in self.chunks(name):
            size += len(data)
            if size > most:
                raise ParseError("too_large", f"its part {name} has more than {most} bytes")
            parts.append(data)
        return b"".join(parts)

    def _check(self, given: int, compressed: int) -> None:
        if self._unpacked > self._limits.max_unpacked_bytes:
            raise ParseError("zip_bomb", f"it unpacks to more than {self._limits.max_unpacked_bytes} bytes")
        if given > _SMALL_BYTES and given > compressed * self._limits.max_ratio:
            raise ParseError("zip_bomb", f"it unpacks to more than {self._limits.max_ratio} times its size")


@contextmanager
def open_archive(source: Source, limits: Limits) -> Iterator[Archive]:
    """Raises ParseError for damaged, encrypted and overfull archives."""
    try:
        zipped = zipfile.ZipFile(_plain(source))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ParseError("broken", f"the file is damaged or cut off: {error}") from None
    with zipped:
        infos = zipped.infolist()
        if len(infos) > limits.max_members:
            raise ParseError("zip_bomb", f"it holds more than {limits.max_members} parts")
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise ParseError("password", "the file is protected by a password")
        try:
            yield Archive(zipped, limits)
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise ParseError("broken", f"the file is damaged: {error}") from None


def _plain(source: Source) -> IO[bytes]:
    """Office keeps password-protected documents in an OLE container in place of the zip."""
    source.file.seek(0)
    if source.file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise ParseError("password", "the file is protected by a password, or of an older format under a new name")
    source.file.seek(0)
    return source.file
