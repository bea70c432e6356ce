"""The inbox and the trash on disk. Blocking: call from a thread. A file appears whole or not at all."""

import contextlib
import logging
import os
import secrets
import shutil
import time
from pathlib import Path

import msgspec

from services.core.errors import NotFound
from services.core.paths import Home
from services.web.library.paths import fitted

log = logging.getLogger(__name__)
SPOOL_PREFIX = ".ondol-"
SPOOL_SUFFIX = ".part"
TRASH_DAYS = 30
MAX_CLASHES = 10_000


class TrashedFile(msgspec.Struct, frozen=True):
    """The note beside a file in the trash; `path` is where it came from, relative to inbox/."""

    document_id: int
    path: str
    owner: str | None
    deleted_at: str


class Spool:
    """A file being written, hidden beside its place. `finish` puts it there, `discard` leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{SPOOL_PREFIX}{secrets.token_hex(8)}{SPOOL_SUFFIX}"
        self._file = self.path.open("xb")
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)

    def flush(self) -> None:
        """What was written can be read at `path`."""
        self._file.flush()

    def _close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def finish(self, folder: Path, name: str) -> Path:
        """Under this name in a folder of the same disk, or with " (2)" and so on where that is taken."""
        self._close()
        folder.mkdir(parents=True, exist_ok=True)
        target = reserve(folder / name)
        try:
            self.path.replace(target)
        except OSError:
            target.unlink(missing_ok=True)
            raise
        return target

    def overwrite(self, target: Path) -> None:
        """In the place of an existing file."""
        self._close()
        self.path.replace(target)

    def discard(self) -> None:
        """Harmless after `finish`."""
        with contextlib.suppress(OSError):
            self._file.close()
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:  # the reason why it was not finished is the one to tell; a start sweeps it away
            log.error("%s is left over: %s", self.path, error)


def reserve(wanted: Path) -> Path:
    """An empty file that nobody else has made, under the wanted name or the next free one."""
    for number in range(1, MAX_CLASHES):
        name = wanted.name if number == 1 else fitted(wanted.name, f" ({number})")
        try:
            (wanted.parent / name).open("xb").close()
        except FileExistsError:
            continue
        return wanted.parent / name
    raise FileExistsError(f"{wanted} exists {MAX_CLASHES} times")


def rename(source: Path, name: str) -> Path:
    """Another name in the same folder. Raises NotFound when the file is gone."""
    target = reserve(source.parent / name)
    try:
        source.replace(target)
    except FileNotFoundError:
        target.unlink()
        raise NotFound(f"the file of {source.name} is gone") from None
    return target


def write_whole(target: Path, content: str) -> None:
    """Rewrite a file; readers see the old text or the new one."""
    spool = Spool(target.parent)
    try:
        spool.write(content.encode())
        spool.overwrite(target)
    finally:
        spool.discard()


def write_new(folder: Path, name: str, content: str) -> Path:
    """A new file; its path."""
    spool = Spool(folder)
    try:
        spool.write(content.encode())
        return spool.finish(folder, name)
    finally:
        spool.discard()


def to_trash(home: Home, note: TrashedFile, source: Path) -> None:
    """Move a file out of the inbox, with a note of where it belongs. A file that is gone already is fine."""
    folder = home.trash / f"{note.document_id}-{time.time_ns()}"
    folder.mkdir(parents=True)
    try:
        (folder / "note.json").write_bytes(msgspec.json.encode(note))
        shutil.move(source, folder / "file")  # inbox/ may be another disk
    except FileNotFoundError:
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        if source.exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def find_trashed(home: Home, document_id: int, owner: str) -> tuple[Path, TrashedFile]:
    """The newest deletion of this document that the user may undo. Raises NotFound."""
    for folder in sorted(home.trash.glob(f"{document_id}-*"), reverse=True):
        try:
            note = msgspec.json.decode((folder / "note.json").read_bytes(), type=TrashedFile)
        except (OSError, msgspec.DecodeError):
            continue
        if (note.owner is None or note.owner == owner) and (folder / "file").exists():
            return folder, note
    raise NotFound(f"no document {document_id} in the trash", document_id=str(document_id))


def from_trash(home: Home, folder: Path, note: TrashedFile) -> str:
    """Put the file back; where it lies now, relative to inbox/."""
    wanted = home.inbox / note.path
    wanted.parent.mkdir(parents=True, exist_ok=True)
    target = reserve(wanted)
    try:
        shutil.move(folder / "file", target)
    except OSError:
        target.unlink(missing_ok=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return str(target.relative_to(home.inbox))


def sweep(home: Home) -> None:
    """Remove uploads and imports that a power cut left half-done, and what has lain in the trash for TRASH_DAYS. What
    the disk refuses is left for the next time."""
    try:
        _sweep(home)
    except OSError as error:
        log.error("what is left of uploads and deleted documents is not removed: %s", error)


def _sweep(home: Home) -> None:
    for leftover in home.inbox.rglob(f"{SPOOL_PREFIX}*{SPOOL_SUFFIX}"):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(home.imports, ignore_errors=True)
    oldest = time.time_ns() - TRASH_DAYS * 86_400 * 1_000_000_000
    for folder in home.trash.iterdir():
        stamp = folder.name.rpartition("-")[2]
        if stamp.isdigit() and int(stamp) < oldest:
            shutil.rmtree(folder, ignore_errors=True)
