"""What goes into a backup file. Blocking."""

import hashlib
import logging
import os
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from services.core.paths import Home
from services.core.version import VERSION
from services.web.safety.manifest import DATABASE, FORMAT_VERSION, INBOX, MANIFEST, SECRET, SETTINGS, Manifest, Member
from services.web.storage.integrity import count_rows, schema_version

log = logging.getLogger(__name__)
PIECE_BYTES = 1 << 20
_YEAR_1980, _YEAR_2106 = 315_619_200, 4_291_747_200
"""The dates that a ZIP file can say lie between."""
PACKED_SUFFIXES = {
    ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".hwpx", ".zip", ".gz", ".xz", ".zst", ".7z",
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".mp3", ".mp4", ".m4a", ".mkv", ".mov",
}  # fmt: skip
"""Packing these once more costs a small box much time and saves nothing."""


def write_zip(file: BinaryIO, home: Home, snapshot: Path, *, documents: bool) -> None:
    """All of a state folder, its database from `snapshot`. Raises OSError, sqlite3.Error."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        members, skipped = [_add(packed, snapshot, DATABASE)], list[str]()
        for path, name in ((home.settings, SETTINGS), (home.secret_key, SECRET)):
            if path.exists():
                members.append(_add(packed, path, name))
        if documents:
            _add_documents(packed, home.inbox, members, skipped)
        manifest = Manifest(
            format="ondol-backup",
            version=FORMAT_VERSION,
            ondol=VERSION,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            schema=schema_version(snapshot),
            counts=count_rows(snapshot),
            members=members,
            skipped=skipped,
        )
        packed.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))


def _add_documents(packed: zipfile.ZipFile, inbox: Path, members: list[Member], skipped: list[str]) -> None:
    """One that a worn card does not give any more must not cost the backup of all others."""

    def skip(path: Path) -> None:
        skipped.append((INBOX + path.relative_to(inbox).as_posix()).encode("utf-8", "replace").decode())

    for path, _ in inbox_files(inbox, skip):
        try:
            name = INBOX + path.relative_to(inbox).as_posix()
            name.encode()
            members.append(_add(packed, path, name))
        except (Unreadable, UnicodeEncodeError) as error:
            log.warning("a document is left out of the backup: %s", error)
            skip(path)


def inbox_files(inbox: Path, skip: Callable[[Path], None] = lambda _: None) -> Iterator[tuple[Path, int]]:
    """Regular files with their bytes, without uploads that are under way; links are not followed. `skip` hears what
    cannot be looked at; what vanishes meanwhile is not there."""

    def skip_folder(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            skip(Path(error.filename))

    for folder, folders, names in os.walk(inbox, onerror=skip_folder):
        folders.sort()
        for path in (Path(folder) / name for name in sorted(names) if not name.startswith(".ondol-")):
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            except OSError:
                skip(path)
                continue
            if stat.S_ISREG(status.st_mode):
                yield path, status.st_size


class Unreadable(OSError):
    """A file does not let itself be read; what is wrong lies on its side, not where it was to go."""


def _add(packed: zipfile.ZipFile, path: Path, name: str) -> Member:
    """Raises Unreadable; any other OSError is of the backup itself."""
    with opened_to_read(path) as source:
        status = os.fstat(source.fileno())
        entry = zipfile.ZipInfo(name, time.gmtime(min(max(status.st_mtime, _YEAR_1980), _YEAR_2106))[:6])
        entry.external_attr = 0o600 << 16
        entry.compress_type = zipfile.ZIP_STORED if path.suffix.lower() in PACKED_SUFFIXES else zipfile.ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        try:
            with packed.open(entry, "w", force_zip64=True) as target:
                for piece in pieces(source, path):
                    digest.update(piece)
                    target.write(piece)
                    size += len(piece)
        except Unreadable:
            _leave_out(packed, entry)
            raise
    return Member(name, size, digest.hexdigest(), status.st_mtime_ns)


def opened_to_read(path: Path) -> IO[bytes]:
    """Raises Unreadable."""
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def pieces(source: IO[bytes], path: Path) -> Iterator[bytes]:
    """All of an open file. Raises Unreadable."""
    try:
        while piece := source.read(PIECE_BYTES):
            yield piece
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> Unreadable:
    return Unreadable(error.errno, error.strerror, str(path))


def _leave_out(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """The bytes written so far stay in the file; its directory does not name them, so nothing ever reads them."""
    packed.filelist.remove(entry)
    del packed.NameToInfo[entry.filename]
