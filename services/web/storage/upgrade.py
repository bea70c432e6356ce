"""An older ondol.db becomes one of this version: a copy is migrated and checked, and only then takes its place.

Whatever goes wrong on the way, the old file is as it was, and the version of Ondol that wrote it can go on with it.
"""

import logging
import shutil
import sqlite3
from pathlib import Path

import msgspec

from services.core.durable import sync_file, sync_folder
from services.core.errors import DiskError, DiskFull, OndolError, disk_error
from services.web.storage.copying import copy_database, database_files, remove_database
from services.web.storage.database import typed_error
from services.web.storage.integrity import count_rows, find_faults, opened, schema_version
from services.web.storage.keeping import KEPT_TABLES, kept_of, remember_words
from services.web.storage.migrate import apply_steps, migrations, refuse_newer

log = logging.getLogger(__name__)


class UpgradeFailed(OndolError):
    """The database could not be brought to this version and was left as it was; params: found, wanted, reason."""

    code = "upgrade_failed"


class Upgraded(msgspec.Struct, frozen=True):
    """`kept` is the file of the former version."""

    found: int
    wanted: int
    kept: Path


def upgrade(path: Path, schema: str) -> Upgraded | None:
    """Bring the file to this version; None when it is there already, or there is no file.

    Raises NewerDatabase, UpgradeFailed, DiskFull, DiskError; sqlite3.Error when the file is damaged.
    """
    found, wanted = _span(path, schema)
    if found in (0, wanted):
        return None
    made = path.with_name(f"{path.name}.new")
    try:
        _make(path, made, schema, found, wanted)
        kept = _switch(path, made, found)
    except (sqlite3.Error, OSError) as error:
        raise _failed(path, found, wanted, error) from error
    finally:
        remove_database(made)
    log.info("%s is of version %d now; version %d is kept as %s", path.name, wanted, found, kept.name)
    return Upgraded(found, wanted, kept)


def rehearse(path: Path, schema: str) -> tuple[int, int]:
    """Everything that `upgrade` does but the switch, on a copy that is gone afterwards; the file may be in use. The
    version it has, and the one it would come to.

    Raises NewerDatabase, UpgradeFailed, DiskFull, DiskError; sqlite3.Error when the file is damaged.
    """
    found, wanted = _span(path, schema)
    made = rehearsal_of(path)
    if found not in (0, wanted):
        try:
            _make(path, made, schema, found, wanted)
        except (sqlite3.Error, OSError) as error:
            raise _failed(path, found, wanted, error) from error
        finally:
            remove_database(made)
    return found, wanted


def rehearsal_of(path: Path) -> Path:
    """Where the copy of a rehearsal lies; a power cut may leave it."""
    return path.with_name(f"{path.name}.rehearsal")


def _span(path: Path, schema: str) -> tuple[int, int]:
    """The version that a file has (0: there is none) and that of this Ondol. Raises NewerDatabase, sqlite3.Error."""
    found = schema_version(path) if path.exists() else 0
    refuse_newer(path, schema, found)
    return found, len(migrations(schema))


def _make(path: Path, made: Path, schema: str, found: int, wanted: int) -> None:
    """A checked copy of version `wanted`. Raises UpgradeFailed, DiskFull, sqlite3.Error, OSError."""
    _refuse_without_room(path)
    copy_database(path, made)
    faults = _migrate_copy(made, schema, found, wanted)
    if faults:
        raise _failed(path, found, wanted, "; ".join(faults[:3]))


def _refuse_without_room(path: Path) -> None:
    needed = _needed_bytes(path)
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise DiskFull(
            f"{path.name} must be copied to be updated: {needed} bytes are needed, {free} are free; it is as it was",
            needed=needed,
            free=free,
        )


def _needed_bytes(path: Path) -> int:
    return 2 * sum(file.stat().st_size for file in database_files(path))


def _migrate_copy(made: Path, schema: str, found: int, wanted: int) -> list[str]:
    """What is wrong with the result; empty when it may take the old one's place. Raises sqlite3.Error, OSError."""
    before = count_rows(made)
    with opened(made) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        apply_steps(connection, schema, found, wanted)
    faults = find_faults(made, thorough=True) or _losses(before, count_rows(made))
    sync_file(made)
    return faults


def _losses(before: dict[str, int], after: dict[str, int]) -> list[str]:
    return [
        f"{table} had {before[table]} rows and would have {after.get(table, 0)}"
        for table in KEPT_TABLES
        if table in before and after.get(table, 0) < before[table]
    ]


def _failed(path: Path, found: int, wanted: int, reason: object) -> Exception:
    """What it means for people: a disk that is full or refuses is no fault of the version, and may be over soon."""
    known: Exception | None
    match reason:
        case OSError():
            known = disk_error(reason)
        case sqlite3.Error():
            known = typed_error(reason, path)
        case _:
            known = None
    if isinstance(known, DiskFull):
        message = f"the disk is full; {path.name} was not updated and is as it was"
        return DiskFull(message, file=path.name, needed=_needed_bytes(path))
    if isinstance(known, DiskError):
        return known
    return UpgradeFailed(
        f"{path.name} could not be brought from version {found} to {wanted}: {reason}; it is as it was,"
        " and the former Ondol can go on with it",
        found=found,
        wanted=wanted,
        reason=str(reason),
    )


def _switch(path: Path, made: Path, found: int) -> Path:
    """The old file, whole in itself, goes aside; the new one takes its name in one step."""
    with opened(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    kept = kept_of(path, found)
    remove_database(kept)
    remember_words(made, kept)
    try:
        kept.hardlink_to(path)
    except OSError:  # a disk without hard links
        shutil.copyfile(path, kept)
        sync_file(kept)
    sync_folder(path.parent)
    made.replace(path)
    sync_folder(path.parent)
    return kept
