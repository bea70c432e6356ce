"""The folder of backups: what is there, and what may go. A file under its name is whole and was verified."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from services.core.config import BackupConfig, Config
from services.core.durable import move_durably
from services.core.errors import NotFound, OndolError

log = logging.getLogger(__name__)
_NAME = re.compile(r"ondol-(\d{8}T\d{6}Z)\.zip")
_DAMAGED_NAME = re.compile(r"ondol-(\d{8}T\d{6}Z)\.damaged\.zip")
DAMAGED_SUFFIX = ".damaged.zip"
_STAMP = "%Y%m%dT%H%M%SZ"


class Backup(msgspec.Struct, frozen=True):
    name: str
    made_at: datetime
    size: int


class BackupFolderAway(OndolError):
    """The folder that backup.folder names is not there or its disk does not answer; params: folder."""

    code = "backup_folder_away"
    status = 503


class Vault:
    """`backup.folder`, which then is `chosen` and never made by Ondol: without its disk it would be made on the box's
    own. Else backups/ in the state folder."""

    def __init__(self, folder: Path, *, chosen: bool = False) -> None:
        self.folder = folder
        self._chosen = chosen

    def away(self) -> BackupFolderAway | None:
        """Why a chosen folder cannot be used; None when it can."""
        try:
            if not self._chosen or self.folder.is_dir():
                return None
            reason = "is not there"
        except OSError as error:
            reason = f"does not answer ({error.strerror})"
        return BackupFolderAway(
            f"the folder for backups, {self.folder}, {reason}; is its disk plugged in and mounted?",
            folder=str(self.folder),
        )

    def refuse_away(self) -> None:
        """Raises BackupFolderAway."""
        if (away := self.away()) is not None:
            raise away

    def new_path(self, now: datetime) -> Path:
        return self.folder / f"ondol-{now.astimezone(UTC).strftime(_STAMP)}.zip"

    def backups(self) -> list[Backup]:
        """Newest first; empty when the folder is away or its disk does not answer."""
        return self._newest_first(_NAME)

    def _newest_first(self, pattern: re.Pattern[str]) -> list[Backup]:
        try:
            return sorted(self._found(pattern), key=lambda backup: backup.made_at, reverse=True)
        except OSError as error:
            log.error("the backups cannot be looked at: %s", error)
            return []

    def _found(self, pattern: re.Pattern[str]) -> Iterator[Backup]:
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            match = pattern.fullmatch(path.name)
            if match and path.is_file():
                made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
                yield Backup(path.name, made_at, path.stat().st_size)

    def path(self, name: str) -> Path:
        """Raises NotFound."""
        if not _NAME.fullmatch(name) or not (self.folder / name).is_file():
            raise NotFound(f"no backup {name!r}")
        return self.folder / name

    def newest(self, now: datetime) -> Backup | None:
        """The last one that is not dated later than now: how old such a one is, nobody knows."""
        return next((backup for backup in self.backups() if backup.made_at <= now), None)

    def put_aside(self, name: str) -> None:
        """One that is damaged counts no more. The newest such is kept for what can still be taken out of it; older ones
        go when there is a new backup, or no room for one. Raises OSError."""
        move_durably(self.folder / name, (self.folder / name).with_suffix(DAMAGED_SUFFIX))

    def prune(self, rules: BackupConfig, now: datetime, made: str) -> list[str]:
        """Delete what need not be kept beside the one just `made`; the names of those."""
        backups = self.backups()
        first = [backup for backup in backups if backup.name == made]
        kept = worth_keeping([*first, *(one for one in backups if one.name != made)], rules, now)
        return self._delete([*self._older_damaged(), *(backup for backup in backups if backup not in kept)])

    def make_room(self, rules: BackupConfig, now: datetime, short_bytes: int) -> list[str]:
        """Delete what need not be kept beside one of now, were it there, damaged ones and then the oldest first and no
        more than it is short of; never the newest good one. The names of those."""
        backups = self.backups()
        coming = Backup("", now, backups[0].size if backups else 0)
        kept = [*worth_keeping([coming, *backups], rules, now), self.newest(now), *backups[:1]]
        gone: list[Backup] = []
        for backup in (*self._older_damaged(), *reversed(backups)):
            if backup not in kept and sum(one.size for one in gone) < short_bytes:
                gone.append(backup)
        return self._delete(gone)

    def _older_damaged(self) -> list[Backup]:
        return self._newest_first(_DAMAGED_NAME)[1:]

    def _delete(self, backups: Iterable[Backup]) -> list[str]:
        names = [backup.name for backup in backups]
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        return names


def vault_of(config: Config) -> Vault:
    if config.backup.folder:
        return Vault(Path(config.backup.folder).expanduser(), chosen=True)
    return Vault(config.home.backups)


def worth_keeping(backups: Sequence[Backup], rules: BackupConfig, now: datetime) -> list[Backup]:
    """Of backups, newest first: the newest of each of the last `keep_daily` days and `keep_weekly` weeks that have one,
    as many of the newest as fit into `max_bytes`, and always the first. Those dated later than now (a clock was wrong,
    then or now) come last, by the same rules among themselves."""
    later = [backup for backup in backups if backup.made_at > now]
    dated = [backup for backup in backups if backup.made_at <= now]
    kept: list[Backup] = []
    for backup in (*backups[:1], *_by_days(dated, rules), *_by_days(later, rules)):
        if backup not in kept and (not kept or sum(one.size for one in kept) + backup.size <= rules.max_bytes):
            kept.append(backup)
    return kept


def _by_days(backups: Sequence[Backup], rules: BackupConfig) -> list[Backup]:
    days: dict[object, Backup] = {}
    weeks: dict[object, Backup] = {}
    for backup in backups:
        days.setdefault(backup.made_at.date(), backup)
        weeks.setdefault(backup.made_at.isocalendar()[:2], backup)
    wanted = [*list(days.values())[: rules.keep_daily], *list(weeks.values())[: rules.keep_weekly]]
    return [backup for backup in backups if backup in wanted]
