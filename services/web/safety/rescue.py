"""At start, before anything opens ondol.db: is it sound, and if not, what takes its place.

A check reads the whole file. It is done after an unclean stop, when a query met damage, and always while the file is
small; else the nightly backup checks its copy. Blocking.
"""

import logging
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from services.core.durable import move_durably, sync_folder
from services.core.errors import OndolError
from services.core.paths import Home
from services.web.safety.archive import extract_database, opened_backup
from services.web.safety.notices import Notices
from services.web.safety.vault import Vault
from services.web.storage.copying import database_files, remove_database
from services.web.storage.integrity import find_faults
from services.web.storage.salvage import salvage
from services.web.storage.upgrade import Upgraded, upgrade

log = logging.getLogger(__name__)
SMALL_BYTES = 50_000_000
"""Checked at every start: 0.05 s from memory, about 1 s from an SD card."""


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

    Raises NewerDatabase, UpgradeFailed, DiskFull, OSError.
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


def _rescue(home: Home, vault: Vault, faults: list[str]) -> None:
    log.error("ondol.db is damaged: %s", "; ".join(faults[:3]))
    notices, made = Notices(home), home.db / "ondol.db.made"
    aside = f"db/{home.damaged.name}/{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}"
    saved = salvage(home.ondol_db, made, "ondol")
    if saved is not None and saved.complete and not find_faults(made, thorough=True):
        notices.add("database_repaired", aside=aside)
    elif (made_at := _from_backup(vault, home.db / "ondol.db.backup", made)) is not None:
        notices.add("database_restored", backup_at=made_at, aside=aside)
    elif saved is not None and made.exists() and not find_faults(made):
        notices.add("database_salvaged", messages=saved.rows.get("messages", 0), aside=aside)
    else:
        remove_database(made)
        notices.add("database_lost", aside=aside)
    if made.exists():
        move_durably(made, _ready(home))
    _set_aside(home.ondol_db, home.root / aside)
    _finish_rescue(home)


def _from_backup(vault: Vault, part: Path, target: Path) -> str | None:
    """The newest good one's database as `target`, and when it was made; None when there is none."""
    for backup in vault.backups():
        try:
            with opened_backup(vault.path(backup.name)) as (packed, manifest):
                extract_database(packed, manifest, part)
        except (OndolError, OSError, sqlite3.Error) as error:
            log.error("backup %s cannot be used: %s", backup.name, error)
            remove_database(part)
            continue
        remove_database(target)
        move_durably(part, target)
        return manifest.created_at
    return None


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


def discard_library(home: Home) -> None:
    """Ingest reads the whole inbox again when it finds an empty library."""
    log.error("library.db is damaged; it is made anew from the inbox")
    remove_database(home.library_db)
    Notices(home).add("library_rebuilt")
