"""The folder of backups: what is there, and what may go. A file under its name is whole and was verified."""

import logging
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from services.core.config import BackupConfig, Config
from services.core.errors import NotFound

log = logging.getLogger(__name__)
_NAME = re.compile(r"ondol-(\d{8}T\d{6}Z)\.zip")
_STAMP = "%Y%m%dT%H%M%SZ"


class Backup(msgspec.Struct, frozen=True):
    name: str
    made_at: datetime
    size: int


class Vault:
    """`backup.folder`, or backups/ in the state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new_path(self, now: datetime) -> Path:
        return self.folder / f"ondol-{now.astimezone(UTC).strftime(_STAMP)}.zip"

    def backups(self) -> list[Backup]:
        """Newest first; empty when the folder is away or its disk does not answer."""
        try:
            return sorted(self._found(), key=lambda backup: backup.made_at, reverse=True)
        except OSError as error:
            log.error("the backups cannot be looked at: %s", error)
            return []

    def _found(self) -> Iterator[Backup]:
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            match = _NAME.fullmatch(path.name)
            if match and path.is_file():
                made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
                yield Backup(path.name, made_at, path.stat().st_size)

    def path(self, name: str) -> Path:
        """Raises NotFound."""
        if not _NAME.fullmatch(name) or not (self.folder / name).is_file():
            raise NotFound(f"no backup {name!r}")
        return self.folder / name

    def prune(self, rules: BackupConfig) -> list[str]:
        """Delete what need not be kept; the names of those."""
        backups = self.backups()
        kept = worth_keeping(backups, rules.keep_daily, rules.keep_weekly, rules.max_bytes)
        gone = [backup.name for backup in backups if backup not in kept]
        for name in gone:
            (self.folder / name).unlink(missing_ok=True)
        return gone


def vault_of(config: Config) -> Vault:
    return Vault(Path(config.backup.folder).expanduser() if config.backup.folder else config.home.backups)


def worth_keeping(backups: Sequence[Backup], daily: int, weekly: int, max_bytes: int) -> list[Backup]:
    """Of backups, newest first: the newest of each of the last `daily` days and `weekly` weeks that have one, as many
    of the newest as fit into `max_bytes`, and always the newest."""
    days: dict[object, Backup] = {}
    weeks: dict[object, Backup] = {}
    for backup in backups:
        days.setdefault(backup.made_at.date(), backup)
        weeks.setdefault(backup.made_at.isocalendar()[:2], backup)
    wanted = [*list(days.values())[:daily], *list(weeks.values())[:weekly]]
    kept: list[Backup] = []
    for backup in backups:
        if backup in wanted and (not kept or sum(one.size for one in kept) + backup.size <= max_bytes):
            kept.append(backup)
    return kept
