"""Putting a backup in the place of the state folder's contents, in two steps that a power cut may interrupt anywhere.

`stage` unpacks a verified backup beside everything; `put_in_place` then only renames (an inbox on another disk is
copied file by file). It runs before anything opens the database, and as often as needed until it is done: every step
can see whether it has been taken.
"""

import logging
import os
import shutil
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import msgspec

from services.core.config import load_config
from services.core.durable import move_durably, sync_file, sync_folder, write_durably
from services.core.errors import ConfigError
from services.core.paths import Home
from services.web.safety.archive import extract_database, opened_backup, refuse_without_room, take_out
from services.web.safety.manifest import DATABASE, INBOX, MANIFEST, SETTINGS, BackupRefused, Manifest
from services.web.safety.moving import move_contents
from services.web.safety.notices import Notices
from services.web.safety.packing import inbox_files
from services.web.storage.copying import database_files

log = logging.getLogger(__name__)
READY = "ready.json"
CLEARED = "inbox.cleared"
LEFT_OUT = "settings.left-out"
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
        staged.settings.rename(folder / LEFT_OUT)


def confirm(folder: Path, home: Home) -> None:
    """From the next start on, or the next `put_in_place`, what was staged in `folder` is the state. Raises
    BackupRefused, DiskFull, OSError."""
    manifest = _whole(folder)
    _refuse_without_room_to_move(folder / INBOX, home)
    has_inbox = any(member.name.startswith(INBOX) for member in manifest.members)
    ready = Ready(manifest.created_at, str(_new_aside(home).relative_to(home.root)), has_inbox)
    _clear(home.restore)
    move_durably(folder, home.restore)
    write_durably(home.restore / READY, msgspec.json.encode(ready))


def _whole(folder: Path) -> Manifest:
    """What was staged, with all that belongs to it: a file that is not there would later look as if it were in place
    already. Raises BackupRefused, OSError."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        missing = [one.name for one in manifest.members if _staged_size(folder, one.name) != one.size]
    except FileNotFoundError as error:
        missing = [Path(error.filename).name]
    if missing:
        raise BackupRefused(
            f"what was unpacked is not whole any more ({missing[0]}); choose the backup again", "damaged"
        )
    return manifest


def _refuse_without_room_to_move(staged: Path, home: Home) -> None:
    """An inbox on another disk is copied there and back. Raises DiskFull, OSError."""
    if staged.exists() and home.inbox.exists() and home.inbox.stat().st_dev != home.root.stat().st_dev:
        here, coming = (sum(size for _, size in inbox_files(folder)) for folder in (home.inbox, staged))
        refuse_without_room(home.root, here)
        refuse_without_room(home.inbox, coming - here)


def _staged_size(folder: Path, name: str) -> int:
    path = folder / name
    if name == SETTINGS and not path.exists():
        path = folder / LEFT_OUT
    return path.stat().st_size


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
    _clear(home.restore)
    sync_folder(home.root)
    _forget_oldest(home.before_restore, aside)
    return True


def clear_unconfirmed(home: Home) -> None:
    """Delete what was unpacked and never agreed to, or what is left of a restore that is done."""
    for leftover in (home.restore_part, home.restore_upload):
        shutil.rmtree(leftover, ignore_errors=True)
    if not (home.restore / READY).exists():
        shutil.rmtree(home.restore, ignore_errors=True)


def _clear(folder: Path) -> None:
    """The mark goes first: a restore that is half deleted must not look like one that is half in place."""
    if folder.exists():
        (folder / READY).unlink(missing_ok=True)
        sync_folder(folder)
        shutil.rmtree(folder)


def _new_aside(home: Home) -> Path:
    """A clock that was put back must not mix two states."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (home.before_restore / (stamp if number == 1 else f"{stamp}-{number}") for number in count(1))
    return next(path for path in names if not path.exists())


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
    shutil.rmtree(staged)  # empty, but for what could not be read any more


def _forget_oldest(folder: Path, newest: Path) -> None:
    """`newest` stays, whatever the clock said when the others were made."""
    others = sorted(path for path in folder.iterdir() if path.is_dir() and path != newest) if folder.is_dir() else []
    for state in others[: len(others) - (KEPT_STATES - 1)]:
        shutil.rmtree(state, ignore_errors=True)
