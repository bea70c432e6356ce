"""Once a month the newest backup is read again: a file that was good when it was made rots with its disk. Blocking."""

import errno
import logging
from datetime import UTC, datetime, timedelta

import msgspec

from services.core.errors import OndolError
from services.web.safety.archive import reread_backup
from services.web.safety.manifest import BackupRefused
from services.web.safety.vault import Vault

log = logging.getLogger(__name__)
EVERY = timedelta(days=30)
MARK = ".checked"


class Rechecked(msgspec.Struct, frozen=True):
    """Names: of the newest that is good, None where none is, and of those that were found damaged and count no more."""

    good: str | None
    damaged: list[str]


class BackupRotten(OndolError):
    """A backup was good when it was made and is not any more; params: name."""

    code = "backup_rotten"
    status = 500

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the backup {name} was good when it was made and is damaged now; its disk or card may be failing",
            name=name,
        )


def is_due(vault: Vault, now: datetime) -> bool:
    """The first is due EVERY after somebody asked first. Raises OSError."""
    if vault.away() or not vault.backups():
        return False
    mark = vault.folder / MARK
    try:
        last = datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    except FileNotFoundError:
        last = None
    if last is None or last > now:
        mark.touch()
        return False
    return now - last >= EVERY


def recheck(vault: Vault) -> Rechecked:
    """Read the newest; what is damaged is put aside, and the next older one is read.

    Raises OSError, NotFound, BackupRefused (newer); one that may be good stays where it is then.
    """
    found = _newest_good(vault)
    (vault.folder / MARK).touch()
    return found


def _newest_good(vault: Vault) -> Rechecked:
    damaged: list[str] = []
    for backup in vault.backups():
        path = vault.path(backup.name)
        try:
            reread_backup(path)
        except (BackupRefused, OSError) as error:
            if not _is_rotten(error):
                raise
            log.error("backup %s is damaged: %s", backup.name, error)
            vault.put_aside(backup.name)
            damaged.append(backup.name)
        else:
            return Rechecked(backup.name, damaged)
    return Rechecked(None, damaged)


def _is_rotten(error: BackupRefused | OSError) -> bool:
    if isinstance(error, BackupRefused):
        return error.params["reason"] != "newer"
    return error.errno == errno.EIO
