"""Putting a backup in the place of the state folder's contents, in two steps that a power cut may interrupt anywhere.

`stage` unpacks a verified backup beside everything; `put_in_place` then only renames (an inbox on another disk is
copied file by file). It runs before anything opens the database, and as often as needed until it is done: every step
can see whether it has been taken.
"""

import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from services.core.config import load_config
from services.core.durable import move_durably, sync_file, sync_folder, write_durably
from services.core.errors import ConfigError
from services.core.paths import Home
from services.web.safety.archive import extract_database, opened_backup, refuse_without_room, take_out
from services.web.safety.manifest import DATABASE, INBOX, MANIFEST, Manifest
from services.web.safety.moving import move_contents
from services.web.safety.notices import Notices
from services.web.storage.copying import database_files

log = logging.getLogger(__name__)
READY = "ready.json"
CLEARED = "inbox.cleared"
KEPT_STATES = 2


class Ready(msgspec.Struct, frozen=True):
    """Its presence says that all of the staged backup is on disk. `aside` is where the old state goes."""

    made_at: str
    aside: str
    has_inbox: bool


def stage(backup: Path, folder: Path) -> Manifest:
    """Unpack into a new folder, checked member by member. Raises BackupRefused, DiskFull, OSError; then it is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        with opened_backup(backup) as (packed, manifest):
            refuse_without_room(folder, manifest.size)
            for member in manifest.members:
                target = folder / member.name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if member.name == DATABASE:
                    extract_database(packed, manifest, target)
                    continue
                with target.open("xb") as file:
                    take_out(packed, member, file)
                os.utime(target, ns=(member.mtime_ns, member.mtime_ns))
            _leave_out_unusable_settings(folder)
            (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
        _sync_all(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return manifest


def _sync_all(folder: Path) -> None:
    """All at once, then each to hear what went wrong: `sync` itself says nothing. Raises OSError."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)
    sync_folder(folder)


def _leave_out_unusable_settings(folder: Path) -> None:
    """Settings that this version does not know would keep the house from starting: those of now stay then."""
    staged = Home(folder)
    try:
        load_config({}, staged)
    except ConfigError as error:
        log.warning("the settings in the backup are left out: %s", error.message)
        staged.settings.rename(folder / "settings.left-out")


def confirm(folder: Path, home: Home) -> None:
    """From the next start on, or the next `put_in_place`, what was staged in `folder` is the state. Raises OSError."""
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    has_inbox = any(member.name.startswith(INBOX) for member in manifest.members)
    ready = Ready(manifest.created_at, f"{home.before_restore.name}/{stamp}", has_inbox)
    shutil.rmtree(home.restore, ignore_errors=True)
    move_durably(folder, home.restore)
    write_durably(home.restore / READY, msgspec.json.encode(ready))


def put_in_place(home: Home) -> bool:
    """Finish a restore that was confirmed; whether there was one. Nothing of the house may run. Raises OSError."""
    try:
        ready = msgspec.json.decode((home.restore / READY).read_bytes(), type=Ready)
    except FileNotFoundError:
        return False
    aside = home.root / ready.aside
    _swap_database(home, aside)
    for name in (home.settings.name, home.secret_key.name):
        _swap_file(home.restore / name, home.root / name, aside / name)
    if ready.has_inbox:
        _swap_inbox(home, aside)
    Notices(home).add("backup_restored", backup_at=ready.made_at, aside=ready.aside)
    shutil.rmtree(home.restore)
    sync_folder(home.root)
    _forget_oldest(home.before_restore)
    return True


def _swap_database(home: Home, aside: Path) -> None:
    staged = home.restore / DATABASE
    if not staged.exists():
        return
    for file in database_files(home.ondol_db):
        move_durably(file, aside / "db" / file.name)
    move_durably(staged, home.ondol_db)


def _swap_file(staged: Path, target: Path, aside: Path) -> None:
    if staged.exists():
        if target.exists():
            move_durably(target, aside)
        move_durably(staged, target)


def _swap_inbox(home: Home, aside: Path) -> None:
    """The folder itself stays where it is: it may be a mount or shared in the network."""
    staged, cleared = home.restore / INBOX, home.restore / CLEARED
    if not staged.exists():
        return
    home.inbox.mkdir(exist_ok=True)
    if not cleared.exists():
        move_contents(home.inbox, aside / "inbox")
        write_durably(cleared, b"")
    move_contents(staged, home.inbox)
    staged.rmdir()


def _forget_oldest(folder: Path) -> None:
    states = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    for state in states[:-KEPT_STATES]:
        shutil.rmtree(state, ignore_errors=True)
