"""Writing and reading backup files. Blocking: done in a process of its own, or in a thread.

Everything is streamed; a file appears under its name only when it is whole, on disk and verified.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from services.core.durable import sync_folder
from services.core.errors import DatabaseDamaged, DiskFull
from services.core.paths import Home
from services.core.version import VERSION
from services.web.safety.manifest import (
    DATABASE,
    FORMAT_VERSION,
    INBOX,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    MAX_MEMBERS,
    SECRET,
    SETTINGS,
    BackupRefused,
    Manifest,
    Member,
    check_manifest,
    parse_manifest,
)
from services.web.storage.copying import copy_database, database_files, remove_database
from services.web.storage.integrity import count_rows, find_faults, schema_version
from services.web.storage.migrate import migrations

PIECE_BYTES = 1 << 20
_YEAR_1980, _YEAR_2106 = 315_619_200, 4_291_747_200
"""The dates that a ZIP file can say lie between."""
PACKED_SUFFIXES = {
    ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".hwpx", ".zip", ".gz", ".xz", ".zst", ".7z",
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".mp3", ".mp4", ".m4a", ".mkv", ".mov",
}  # fmt: skip
"""Packing these once more costs a small box much time and saves nothing."""
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def write_backup(home: Home, target: Path, *, documents: bool) -> Manifest:
    """Make a verified backup of the state folder; the database may be in use.

    Raises DatabaseDamaged when the database is not sound, DiskFull, OSError, sqlite3.Error; then there is no file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    refuse_without_room(target.parent, _most_bytes(home, documents=documents))
    part = target.with_name(f".{target.name}.part")
    with tempfile.TemporaryDirectory(prefix=".ondol-", dir=target.parent) as folder:
        snapshot = Path(folder) / "ondol.db"
        copy_database(home.ondol_db, snapshot)
        faults = find_faults(snapshot)
        if faults:
            raise DatabaseDamaged(f"ondol.db is damaged: {faults[0]}", file="ondol.db")
        try:
            with part.open("xb" if not part.exists() else "wb") as file:
                part.chmod(0o600)
                _write_zip(file, home, snapshot, documents=documents)
                file.flush()
                os.fsync(file.fileno())
            remove_database(snapshot)
            manifest = verify_backup(part)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    sync_folder(target.parent)
    return manifest


def _most_bytes(home: Home, *, documents: bool) -> int:
    """What a backup may need for the time of its making: the database twice, the rest once."""
    database = sum(file.stat().st_size for file in database_files(home.ondol_db))
    return 3 * database + sum(path.stat().st_size for path in _inbox_files(home.inbox) if documents)


def _write_zip(file: BinaryIO, home: Home, snapshot: Path, *, documents: bool) -> None:
    members, skipped = [], []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        members.append(_add(packed, snapshot, DATABASE))
        for path, name in ((home.settings, SETTINGS), (home.secret_key, SECRET)):
            if path.exists():
                members.append(_add(packed, path, name))
        for path in _inbox_files(home.inbox) if documents else ():
            name = INBOX + path.relative_to(home.inbox).as_posix()
            try:
                name.encode()
                members.append(_add(packed, path, name))
            except (FileNotFoundError, PermissionError, UnicodeEncodeError):
                skipped.append(name.encode("utf-8", "replace").decode())
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


def _inbox_files(inbox: Path) -> Iterator[Path]:
    """Regular files, without uploads that are under way; links are not followed."""
    for folder, folders, names in os.walk(inbox):
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".ondol-") and path.is_file() and not path.is_symlink():
                yield path


def _add(packed: zipfile.ZipFile, path: Path, name: str) -> Member:
    with path.open("rb") as source:
        stat = os.fstat(source.fileno())
        entry = zipfile.ZipInfo(name, time.gmtime(min(max(stat.st_mtime, _YEAR_1980), _YEAR_2106))[:6])
        entry.external_attr = 0o600 << 16
        entry.compress_type = zipfile.ZIP_STORED if path.suffix.lower() in PACKED_SUFFIXES else zipfile.ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        with packed.open(entry, "w", force_zip64=True) as target:
            while piece := source.read(PIECE_BYTES):
                digest.update(piece)
                target.write(piece)
                size += len(piece)
    return Member(name, size, digest.hexdigest(), stat.st_mtime_ns)


@contextlib.contextmanager
def opened_backup(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """The file and its manifest, checked against each other. Raises BackupRefused, OSError."""
    try:
        with zipfile.ZipFile(path) as packed:
            entries = {entry.filename: entry for entry in packed.infolist()}
            if MANIFEST not in entries:
                raise BackupRefused(f"{path.name} is not a backup of Ondol: it has no manifest", "foreign")
            if entries[MANIFEST].file_size > MAX_MANIFEST_BYTES or len(entries) > MAX_MEMBERS:
                raise BackupRefused(f"{path.name} has more in it than a backup can have", "unsafe")
            manifest = parse_manifest(packed.read(MANIFEST))
            others = [(entry.filename, entry.file_size) for entry in packed.infolist() if entry.filename != MANIFEST]
            check_manifest(manifest, others, len(migrations("ondol")))
            yield packed, manifest
    except _UNREADABLE as error:
        raise BackupRefused(f"{path.name} is not a whole backup: {error}", "damaged") from None


def take_out(packed: zipfile.ZipFile, member: Member, target: IO[bytes] | None) -> None:
    """Read one member, compare it with the manifest, write it to `target`, if any. Raises BackupRefused, OSError."""
    digest, size = hashlib.sha256(), 0
    with packed.open(member.name) as source:
        while piece := source.read(PIECE_BYTES):
            size += len(piece)
            if size > member.size:
                raise BackupRefused(f"{member.name} is longer than the backup says", "unsafe")
            digest.update(piece)
            if target is not None:
                target.write(piece)
    if size != member.size or digest.hexdigest() != member.sha256:
        raise BackupRefused(f"{member.name} in the backup is damaged", "damaged")


def verify_backup(path: Path) -> Manifest:
    """Read all of it, restore its database into a temporary place beside it, check that and compare its rows.

    Raises BackupRefused, DiskFull, OSError.
    """
    with (
        opened_backup(path) as (packed, manifest),
        tempfile.TemporaryDirectory(prefix=".ondol-", dir=path.parent) as folder,
    ):
        for member in manifest.members:
            if member.name == DATABASE:
                extract_database(packed, manifest, Path(folder) / "ondol.db")
            else:
                take_out(packed, member, None)
        return manifest


def extract_database(packed: zipfile.ZipFile, manifest: Manifest, target: Path) -> None:
    """Its ondol.db, checked inside and out. Raises BackupRefused, DiskFull, OSError."""
    member = next(one for one in manifest.members if one.name == DATABASE)
    refuse_without_room(target.parent, member.size)
    with target.open("wb") as file:
        target.chmod(0o600)
        take_out(packed, member, file)
        file.flush()
        os.fsync(file.fileno())
    faults = find_faults(target)
    if faults:
        raise BackupRefused(f"the database in the backup is damaged: {faults[0]}", "damaged")
    if schema_version(target) != manifest.schema or count_rows(target) != manifest.counts:
        raise BackupRefused("the database in the backup is not the one that it names", "damaged")


def refuse_without_room(folder: Path, needed: int) -> None:
    """Raises DiskFull."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(f"{needed} bytes are needed and {free} are free; free some space", needed=needed, free=free)
