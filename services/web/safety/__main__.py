"""`python -m services.web.safety backup [FILE] | restore FILE | verify [FILE]`, and for an update `rehearse` and
`undo --before VERSION --after VERSION`; `scripts/ondol` calls it."""

import argparse
import os
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from services.core.config import Config, load_config
from services.core.errors import DatabaseDamaged, DiskFull, NotFound, OndolError, disk_error
from services.core.process import die_with_parent, lock
from services.web.safety.archive import verify_backup, write_backup
from services.web.safety.manifest import Manifest
from services.web.safety.nightly import EXIT_DAMAGED, Made
from services.web.safety.rechecking import recheck
from services.web.safety.restoring import confirm, put_in_place, stage
from services.web.safety.updating import rehearse_update, undo_update
from services.web.safety.vault import Vault, vault_of
from services.web.storage.database import typed_error

NICENESS = 10


def main() -> int:
    """0 when it was done; 1 with a line that says why not, EXIT_DAMAGED when the database is damaged."""
    parser = argparse.ArgumentParser(prog="ondol")
    parser.add_argument("command", choices=("backup", "restore", "verify", "recheck", "rehearse", "undo"))
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--for-web", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--before", default="")
    parser.add_argument("--after", default="")
    asked = parser.parse_args()
    try:
        config = load_config()
        config.home.create()
        match asked.command:
            case "backup":
                _backup(config, asked.file, for_web=asked.for_web)
            case "restore":
                _restore(config, asked.file)
            case "verify":
                _verify(config, asked.file)
            case "recheck":
                _recheck(config, for_web=asked.for_web)
            case "rehearse":
                _rehearse(config)
            case "undo":
                _undo(config, asked.before, asked.after)
    except DatabaseDamaged as error:
        _complain(error.message)
        return EXIT_DAMAGED
    except OndolError as error:
        return _complain(error.message)
    except (OSError, sqlite3.Error) as error:
        return _complain(in_words(error))
    return 0


def in_words(error: OSError | sqlite3.Error) -> str:
    """What a disk that refuses means for people; anything else as it is."""
    known = disk_error(error) if isinstance(error, OSError) else typed_error(error, Path("ondol.db"))
    return known.message if isinstance(known, OndolError) else str(error)


def _complain(message: str) -> int:
    sys.stderr.write(f"ondol: {message}\n")
    return 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _backup(config: Config, target: Path | None, *, for_web: bool) -> None:
    """Also for a house that runs. Into the folder of backups, where old ones then go, or into a file of one's own."""
    if for_web:
        _stand_back()
    if not config.home.ondol_db.exists():
        raise NotFound(f"there is nothing to back up in {config.home.root} yet")
    vault, now = vault_of(config), datetime.now(UTC)
    with lock(config.home.run, "backup"):
        if target is None:
            vault.refuse_away()
        _sweep(vault.folder)
        path = target.expanduser() if target else vault.new_path(now)
        pruned: list[str] = []
        if target:
            manifest = write_backup(config.home, path, documents=config.backup.documents)
        else:
            manifest, pruned = _into_vault(vault, config, now)
        size = path.stat().st_size
    if for_web:
        _say(msgspec.json.encode(Made(path.name, size, manifest.counts, len(manifest.skipped), pruned)).decode())
    else:
        _say(f"{path}\n  {_summary(manifest)}")


def _into_vault(vault: Vault, config: Config, now: datetime) -> tuple[Manifest, list[str]]:
    """Made, and the names of those that went for it. A backup must not be what fills the disk for those who chat."""
    beside = vault.folder.stat().st_dev == config.home.root.stat().st_dev
    path = vault.new_path(now)

    def write() -> Manifest:
        spare = config.disk.low_bytes if beside else 0
        return write_backup(config.home, path, documents=config.backup.documents, spare_bytes=spare)

    gone: list[str] = []
    try:
        manifest = write()
    except DiskFull as error:
        short = int(error.params.get("needed") or 0) - int(error.params.get("free") or 0)
        gone = vault.make_room(config.backup, now, short)
        if not gone:
            raise
        manifest = write()
    return manifest, [*gone, *_pruned(vault, config, now, path.name)]


def _pruned(vault: Vault, config: Config, now: datetime, made: str) -> list[str]:
    """Old ones that went. One that cannot go does not undo the one that was made."""
    try:
        return vault.prune(config.backup, now, made)
    except OSError as error:
        _complain(f"an old backup cannot be deleted: {error}")
        return []


def _sweep(folder: Path) -> None:
    """What a power cut left of a backup that was being made; the lock is ours."""
    for leftover in folder.glob(".ondol-*") if folder.is_dir() else ():
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _restore(config: Config, source: Path | None) -> None:
    if source is None:
        raise NotFound("which backup? ondol restore FILE")
    # The house must not run: web would go on with the files it has open, ingest would see the inbox being emptied.
    with lock(config.home.run, "web"), lock(config.home.run, "ingest"):
        put_in_place(config.home)
        folder = config.home.restore_part
        manifest = stage(source, folder)
        confirm(folder, config.home)
        put_in_place(config.home)
    _say(f"restored {source}\n  {_summary(manifest)}\n  what was there before is in {config.home.before_restore}")


def _recheck(config: Config, *, for_web: bool) -> None:
    """Read the newest backup again; told as JSON."""
    if for_web:
        _stand_back()
    with lock(config.home.run, "backup"):
        _say(msgspec.json.encode(recheck(vault_of(config))).decode())


def _stand_back() -> None:
    die_with_parent()
    os.nice(NICENESS)


def _verify(config: Config, source: Path | None) -> None:
    if source is None:
        vault = vault_of(config)
        vault.refuse_away()
        backups = vault.backups()
        if not backups:
            raise NotFound(f"there is no backup in {vault.folder}")
        source = vault.path(backups[0].name)
    _say(f"{source} is good\n  {_summary(verify_backup(source))}")


def _rehearse(config: Config) -> None:
    found, wanted = rehearse_update(config.home)
    _say(f"a copy of the data went from version {found} to {wanted}" if found not in (0, wanted) else "the data stay")


def _undo(config: Config, before: str, after: str) -> None:
    if undo_update(config.home, before, after):
        _say("the former database is in its place again")


def _summary(manifest: Manifest) -> str:
    counts = manifest.counts
    documents = sum(member.name.startswith("inbox/") for member in manifest.members)
    return (
        f"made {manifest.created_at} by Ondol {manifest.ondol}: {counts.get('users', 0)} people,"
        f" {counts.get('chat_sessions', 0)} chats, {counts.get('messages', 0)} messages, {documents} documents"
        + (f"; {len(manifest.skipped)} files could not be read" if manifest.skipped else "")
    )


if __name__ == "__main__":
    sys.exit(main())
