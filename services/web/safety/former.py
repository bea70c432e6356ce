"""Whole databases of former times that the house keeps beside the present one: from before an update, a repair, a
restore. They hold what people have deleted since. Blocking."""

import logging
import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.core.paths import Home
from services.web.safety.vault import Vault

log = logging.getLogger(__name__)
KEPT = timedelta(days=14)
"""In two weeks everybody at home has been at the box and would have missed something."""


def forget_old(home: Home, vault: Vault, now: datetime) -> list[Path]:
    """Delete those that have lain here for KEPT, once there is a good backup that is newer; what went."""
    newest = vault.newest(now)
    if newest is None:
        return []
    until = min(now - KEPT, newest.made_at)
    return _forget([path for path in former_states(home) if _lies_since(path, now) < until])


def forget_all(home: Home) -> list[Path]:
    """Delete all of them; what went."""
    return _forget(former_states(home))


def former_states(home: Home) -> list[Path]:
    """Files and folders."""
    folders = [folder for folder in (home.damaged, home.before_restore) if folder.is_dir()]
    return [*home.db.glob("ondol.db.v*"), *(path for folder in folders for path in folder.iterdir())]


def _lies_since(path: Path, now: datetime) -> datetime:
    """The time of change of the inode, which is when it got its name here. What a wrong clock dated later than now
    counts from now."""
    since = datetime.fromtimestamp(path.lstat().st_ctime, UTC)
    if since > now:
        os.utime(path, follow_symlinks=False)
        return now
    return since


def _forget(paths: Iterable[Path]) -> list[Path]:
    gone = []
    for path in paths:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            gone.append(path)
        except OSError as error:
            log.error("%s cannot be deleted: %s", path, error)
    if gone:
        log.info("former databases are deleted: %s", ", ".join(path.name for path in gone))
    return gone
