"""Writing and reading backup files. Blocking: done in a process of its own, or in a thread.

Everything is streamed; a file appears under its name only when it is whole, on disk and verified.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from services.core.durable import sync_folder
from services.core.errors import DatabaseDamaged, DiskFull
from services.core.paths import Home
from services.web.safety.manifest import (
    DATABASE,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    MAX_MEMBERS,
    BackupRefused,
    Manifest,
    Member,
    check_manifest,
    parse_manifest,
)
from services.web.safety.packing import PIECE_BYTES, inbox_files, write_zip
from services.web.storage.copying import copy_database, database_files, remove_database
from services.web.storage.integrity import count_rows, find_faults, schema_version
from services.web.storage.migrate import migrations

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError)


def write_backup(home: Home, target: Path, *, documents: bool, spare_bytes: int = 0) -> Manifest:
    """Make a verified backup of the state folder; the database may be in use. `spare_bytes` of the disk stay free.

    Raises DatabaseDamaged when the database is not sound, DiskFull, OSError, sqlite3.Error; then there is no file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    refuse_without_room(target.parent, _most_bytes(home, documents=documents) + spare_bytes)
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
                write_zip(file, home, snapshot, documents=documents)
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
    database = 0
    for file in database_files(home.ondol_db):
        with contextlib.suppress(FileNotFoundError):  # a write-ahead log goes when its last user does
            database += file.stat().st_size
    return 3 * database + (sum(size for _, size in inbox_files(home.inbox)) if documents else 0)


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


def reread_backup(path: Path) -> None:
    """Compare all of one that was verified when it was made with its checksums. Nothing is written, so an OSError is of
    the reading. Raises BackupRefused, OSError."""
    with opened_backup(path) as (packed, manifest):
        for member in manifest.members:
            take_out(packed, member, None)


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
