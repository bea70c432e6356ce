"""At start, before anything opens ondol.db: is it sound, and if not, what takes its place.

A check reads the whole file. It is done after an unclean stop, when a query met damage, and always while the file is
small; else the nightly backup checks its copy. Blocking.
"""

import logging
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from services.core.durable import move_durably, sync_file, sync_folder
from services.core.errors import DiskError, DiskFull, OndolError, disk_error
from services.core.paths import Home
from services.web.safety.archive import extract_database, opened_backup
from services.web.safety.manifest import BackupRefused
from services.web.safety.notices import NoticeKind, Notices
from services.web.safety.vault import Vault
from services.web.storage.copying import copy_database, database_files, remove_database
from services.web.storage.database import typed_error
from services.web.storage.filling import fill_holes
from services.web.storage.integrity import find_faults
from services.web.storage.mending import mend_database
from services.web.storage.salvage import salvage
from services.web.storage.upgrade import Upgraded, upgrade

log = logging.getLogger(__name__)
SMALL_BYTES = 250_000_000
"""Checked at every start: 0.24 s from memory, some 6 s from an SD card."""


class Marks:
    """Files beside a database: `clean` after a proper stop, `suspect` when a query met damage, `looked` when it was
    looked at for that."""

    def __init__(self, database: Path) -> None:
        self._clean, self._suspect, self._looked = (
            database.with_name(f"{database.name}.{mark}") for mark in ("clean", "suspect", "looked")
        )

    @property
    def clean(self) -> bool:
        return self._clean.exists()

    @property
    def suspect(self) -> bool:
        return self._suspect.exists()

    @property
    def looked_at(self) -> float:
        """Seconds since the epoch; 0 where it never had to be."""
        try:
            return self._looked.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def stopped(self) -> None:
        """The database was closed as it should be."""
        with suppress(OSError):
            self._clean.touch()

    def started(self) -> None:
        """It is about to be opened."""
        if self.suspect:
            self._looked.touch()
        self._clean.unlink(missing_ok=True)
        self._suspect.unlink(missing_ok=True)
        sync_folder(self._clean.parent)

    def damaged(self) -> None:
        with suppress(OSError):
            self._suspect.touch()


def prepare_people(home: Home, vault: Vault) -> Upgraded | None:
    """Leave an ondol.db that can be opened, or none. What was done is logged and told in the page.

    Raises NewerDatabase, UpgradeFailed, DiskFull, DiskError, OSError, sqlite3.Error; nothing was lost then.
    """
    path, marks = home.ondol_db, Marks(home.ondol_db)
    _finish_rescue(home)
    if path.exists():
        faults = _look(path, marks)
        if faults:
            _rescue(home, vault, faults)
    upgraded = _upgrade(home, vault) if path.exists() else None
    marks.started()
    return upgraded


def _look(path: Path, marks: Marks) -> list[str]:
    if marks.clean and not marks.suspect and path.stat().st_size > SMALL_BYTES:
        return []
    return find_faults(path, thorough=marks.suspect)


def _upgrade(home: Home, vault: Vault) -> Upgraded | None:
    try:
        return upgrade(home.ondol_db, "ondol")
    except (OndolError, sqlite3.DatabaseError):
        faults = find_faults(home.ondol_db, thorough=True)
        if not faults:
            raise
    _rescue(home, vault, faults)
    return upgrade(home.ondol_db, "ondol") if home.ondol_db.exists() else None


# --- a damaged file ---------------------------------------------------------------------------------------------------


def _ready(home: Home) -> Path:
    """What takes the damaged one's place; it has this name only when it is whole."""
    return home.db / "ondol.db.rescued"


def _made(home: Home) -> Path:
    return home.db / "ondol.db.made"


def _rescue(home: Home, vault: Vault, faults: list[str]) -> None:
    """Raises DiskFull, DiskError, OSError, sqlite3.Error; then the damaged file stays where it is, for another try."""
    log.error("ondol.db is damaged: %s", "; ".join(faults[:3]))
    aside = f"db/{home.damaged.name}/{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}"
    kind, params = _make(home, vault)
    if _made(home).exists():
        move_durably(_made(home), _ready(home))
    Notices(home).add(kind, **params, aside=aside)
    _set_aside(home.ondol_db, home.root / aside)
    _finish_rescue(home)


def _make(home: Home, vault: Vault) -> tuple[NoticeKind, dict[str, str | int]]:
    """The best that can be made of what there is, in `_made`; nothing there only when there is nothing left."""
    made, older, filled = _made(home), home.db / "ondol.db.backup", home.db / "ondol.db.filled"
    for leftover in (made, older, filled):
        remove_database(leftover)
    saved = salvage(home.ondol_db, made, "ondol")
    if saved and not saved.holes and _is_sound(made):
        return "database_repaired", {}
    backup_at = _from_backup(vault, older, may_be_empty=saved is not None or vault.folder == home.backups)
    try:
        if saved and backup_at is not None:
            copy_database(made, filled)
            if fill_holes(filled, older, saved.holes, "ondol") and _is_sound(filled):
                move_durably(filled, made)
                return "database_merged", {"backup_at": backup_at}
        if backup_at is not None:
            move_durably(older, made)
            return "database_restored", {"backup_at": backup_at}
        if saved and _is_sound(made):
            return "database_salvaged", {"messages": saved.rows.get("messages", 0)}
        remove_database(made)
        return "database_lost", {}
    finally:
        for leftover in (older, filled):
            remove_database(leftover)


def _is_sound(database: Path) -> bool:
    """Once its rows fit together; then it is on disk, too."""
    mend_database(database)
    faults = find_faults(database, thorough=True)
    sync_file(database)
    if faults:
        log.warning("%s is of no use: %s", database.name, "; ".join(faults[:3]))
    return not faults


def _from_backup(vault: Vault, target: Path, *, may_be_empty: bool) -> str | None:
    """The newest good one's database as `target`, and when it was made; None when there is none.

    Raises DiskFull; DiskError when there may be one out of reach: the disk of the folder is not connected yet (then it
    is away, or an empty place, which not everywhere `may_be_empty`) or does not answer.
    """
    backups = vault.backups()
    out_of_reach = vault.away() or not (backups or may_be_empty)
    for backup in backups:
        try:
            with opened_backup(vault.path(backup.name)) as (packed, manifest):
                extract_database(packed, manifest, target)
        except (OndolError, OSError, sqlite3.Error) as error:
            remove_database(target)
            if isinstance(_typed(error, target), DiskFull):
                raise
            log.error("backup %s cannot be used: %s", backup.name, error)
            out_of_reach = out_of_reach or not isinstance(error, BackupRefused)
            continue
        return manifest.created_at
    if out_of_reach:
        raise DiskError(
            f"ondol.db is damaged and no backup in {vault.folder} can be read; connect its disk, or empty"
            " backup.folder to go on without",
            file="ondol.db",
        )
    return None


def _typed(error: Exception, path: Path) -> Exception | None:
    match error:
        case sqlite3.Error():
            return typed_error(error, path)
        case OSError():
            return disk_error(error)
    return error


def _finish_rescue(home: Home) -> None:
    """Also after a power cut in the middle: what is ready takes its place, what is still there goes aside."""
    if _ready(home).exists():
        _set_aside(home.ondol_db, home.damaged / "left")
        move_durably(_ready(home), home.ondol_db)


def _set_aside(database: Path, folder: Path) -> None:
    for file in database_files(database):
        move_durably(file, folder / file.name)


# --- the library ------------------------------------------------------------------------------------------------------


def prepare_library(home: Home) -> None:
    """A library.db that a query found damaged is made anew from the inbox."""
    if Marks(home.library_db).suspect:
        discard_library(home)
    Marks(home.library_db).started()


def discard_library(home: Home, why: Literal["library_rebuilt", "library_renewed"] = "library_rebuilt") -> None:
    """Ingest reads the whole inbox again when it finds an empty library."""
    log.error("library.db is damaged, or of a newer Ondol; it is made anew from the inbox")
    remove_database(home.library_db)
    Notices(home).add(why)
