"""The folder itself: names, looks and safe opens. Paths are POSIX, NFC and relative to the inbox; the files themselves
may be named in another Unicode form."""

import errno
import fcntl
import hashlib
import os
import stat as modes
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.ignore import IgnoreList
from services.ingest.stability import Stat

_HASH_BYTES = 1_048_576
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class RefusedError(Exception):
    """The path is no regular file inside the inbox."""


@dataclass(slots=True)
class Look:
    """What one walk saw: files, questions by file, folders that could not be read, and names that were refused with the
    reason."""

    files: dict[str, Stat] = field(default_factory=dict)
    asks: dict[str, Stat] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def nfc(path: str) -> str:
    """macOS hands over decomposed names: two forms are one path."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def stat_of(result: os.stat_result) -> Stat:
    """Size and modification time."""
    return Stat(result.st_size, result.st_mtime_ns)


class Inbox:
    """Raises OSError where the disk says so."""

    def __init__(self, root: Path, ignore: IgnoreList) -> None:
        self.root = os.path.realpath(root)
        self._ignore = ignore

    def identity(self) -> tuple[int, int] | None:
        """Device and inode of the folder, None when it is away (an unplugged disk)."""
        try:
            result = os.stat(self.root)
        except OSError:
            return None
        return result.st_dev, result.st_ino

    def key(self, real: str) -> str | None:
        """The path of a real file name; None if it lies outside, is ignored, or has a name that is not text."""
        if not real.startswith(self.root + "/"):
            return None
        path = nfc(real[len(self.root) + 1 :])
        return None if not _is_text(path) or self._ignore.path(path) else path

    def ask_key(self, real: str) -> str | None:
        """The path of a question by file; None for everything else."""
        if not real.startswith(self.root + "/"):
            return None
        path = nfc(real[len(self.root) + 1 :])
        return path if _is_text(path) and self._ignore.is_ask(path) else None

    def locate(self, path: str) -> str | None:
        """The real name of the file or folder at `path`, None when there is none. Raises OSError when the disk does not
        say, as for a folder that may not be entered."""
        real = f"{self.root}/{path}"
        try:
            os.lstat(real)
        except (FileNotFoundError, NotADirectoryError):
            return None if path.isascii() else self._locate_by_form(path)
        return real

    def _locate_by_form(self, path: str) -> str | None:
        found = self.root
        for part in path.split("/"):
            try:
                name = next((name for name in sorted(os.listdir(found)) if nfc(name) == part), None)
            except (FileNotFoundError, NotADirectoryError):
                return None
            if name is None:
                return None
            found = f"{found}/{name}"
        return found

    def look(self, path: str = "") -> Look:
        """Walk the folder at `path` (the whole inbox by default); links are never followed."""
        seen = Look()
        try:
            start = self.locate(path) if path else self.root
        except OSError:
            start = None
            seen.unreadable.append(path)
        stack = [start] if start else []
        while stack:
            folder = stack.pop()
            try:
                with os.scandir(folder) as entries:
                    stack.extend(self._sort(sorted(entries, key=lambda entry: entry.name), seen))
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                    seen.unreadable.append(nfc(folder[len(self.root) + 1 :]))
        return seen

    def _sort(self, entries: list["os.DirEntry[str]"], seen: Look) -> Iterator[str]:
        for entry in entries:
            path = nfc(entry.path[len(self.root) + 1 :])
            if self._ignore.name(entry.name) or self._ignore.path(path):
                if _is_text(path) and self._ignore.is_ask(path) and entry.is_file(follow_symlinks=False):
                    self._stat(entry, path, seen, seen.asks)
                continue
            if not _is_text(path):
                seen.refused[ascii(path)] = "its name is not UTF-8"
            elif entry.is_symlink():
                seen.refused[path] = "links are not followed"
            elif entry.is_dir(follow_symlinks=False):
                yield entry.path
            elif not entry.is_file(follow_symlinks=False):
                seen.refused[path] = "it is not a regular file"
            elif "/" not in path:
                seen.refused[path] = "it lies in no one's folder: move it into shared/ or into a user's"
            elif path in seen.files:
                seen.refused[ascii(entry.path)] = "another file has the same name in another Unicode form"
            else:
                self._stat(entry, path, seen, seen.files)

    def _stat(self, entry: "os.DirEntry[str]", path: str, seen: Look, into: dict[str, Stat]) -> None:
        try:
            into[path] = stat_of(entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            return
        except OSError:
            seen.unreadable.append(path)

    def open(self, path: str) -> int:
        """A descriptor of the regular file at `path`.

        Raises RefusedError for links, devices and anything whose true place is outside; FileNotFoundError when gone.
        """
        real = self.locate(path)
        if real is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if not modes.S_ISREG(os.lstat(real).st_mode):
            raise RefusedError("it is not a regular file")
        try:
            fd = os.open(real, _OPEN)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise RefusedError("links are not followed") from None
            raise
        # What was opened, not what was named: a folder on the way may have become a link since.
        if not modes.S_ISREG(os.fstat(fd).st_mode) or os.readlink(f"/proc/self/fd/{fd}") != real:
            os.close(fd)
            os.lstat(real)
            raise RefusedError("it does not lie where its path says")
        return fd


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_being_written(fd: int) -> bool:
    """Whether another process has the file open for writing. A read lease is refused then (fcntl(2), F_SETLEASE);
    where leases are not to be had (foreign owner, network mount) the answer is no."""
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def sha256_of(fd: int) -> str:
    """Hex digest of the whole file."""
    digest, offset = hashlib.sha256(), 0
    while data := os.pread(fd, _HASH_BYTES, offset):
        digest.update(data)
        offset += len(data)
    return digest.hexdigest()


def stand_in_hash(path: str, stat: Stat) -> str:
    """For files that are not read: 64 hex digits that no other path shares."""
    return hashlib.sha256(f"{path}\0{stat.size}\0{stat.mtime_ns}".encode()).hexdigest()
