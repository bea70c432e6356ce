"""Makes a backup every night, in a process of its own: low in priority, and its memory goes with it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from services.core.config import BackupConfig
from services.core.errors import Conflict, OndolError, disk_error
from services.web.safety.programs import run_beside
from services.web.safety.rechecking import BackupRotten, Rechecked, is_due
from services.web.safety.vault import BackupFolderAway, Vault

log = logging.getLogger(__name__)
LOOK_S = 60.0
PATIENCE_S = 3 * 3600.0
"""So long it waits for a calm moment, then it is made while somebody chats."""
RETRY_S = 3600.0
EXIT_DAMAGED = 3


class BackupFailed(OndolError):
    """No backup was made; params: reason."""

    code = "backup_failed"
    status = 500


class DatabaseFoundDamaged(BackupFailed):
    """The copy that was to be backed up is not sound, so neither is the database."""


class Made(msgspec.Struct, frozen=True):
    """What the process says of a backup: `skipped` files could not be read, `pruned` are old ones that went."""

    name: str
    size_bytes: int
    counts: dict[str, int]
    skipped: int
    pruned: list[str]


def due_since(now: datetime, newest: datetime | None, rules: BackupConfig) -> timedelta | None:
    """How long a backup has been due, None when none is: the newest must be from after the last time that it was
    `rules.hour`, so that a missed night is made up for. A box without any is due now."""
    if not rules.nightly:
        return None
    last = now.replace(hour=rules.hour, minute=0, second=0, microsecond=0)
    if last > now:
        last -= timedelta(days=1)
    if newest is None:
        return timedelta(0)
    return now - last if newest < last else None


def _in_words(error: BaseException) -> str:
    known = disk_error(error) if isinstance(error, OSError) else None
    return known.message if known else str(error) or type(error).__name__


class Backups:
    """The nightly job, and one at a time on demand. `on_made`, `on_failed` and `on_damage` hear how each ended,
    `on_rotten` the name of one that was found damaged later."""

    def __init__(
        self,
        vault: Vault,
        rules: BackupConfig,
        busy: Callable[[], bool],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
    ) -> None:
        self.vault = vault
        self.error: OndolError | None = None
        """Why the last one failed; None when it did not."""
        self.on_damage: Callable[[], object] = lambda: None
        self.on_made: Callable[[Made], None] = lambda made: None
        self.on_failed: Callable[[OndolError], None] = lambda error: None
        self._rules = rules
        self._busy = busy
        self._clock = clock
        self.on_rotten: Callable[[str], None] = lambda name: None
        self._making: asyncio.Task[Made] | None = None
        self._rechecking = False
        self._not_before = 0.0

    @property
    def running(self) -> bool:
        return self._making is not None

    def age_s(self) -> float | None:
        """Of the last good one; None where there is none whose age is known. Looks into the folder."""
        now = self._clock()
        newest = self.vault.newest(now)
        return None if newest is None else (now - newest.made_at).total_seconds()

    def trouble(self) -> OndolError | None:
        """Why the last one failed or the next one would; looks into the folder."""
        return self.vault.away() or self.error

    async def run(self) -> None:
        """For life: whatever goes wrong is told, and tried again."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Make one if it is time, or read the last one again."""
        try:
            due = await self._is_time()
            if not due and await self._may_recheck():
                await self._recheck()
        except OndolError as error:
            self._failed(error)
            return
        except Exception as error:
            log.exception("whether a backup is due cannot be seen")
            self._failed(error)
            return
        if due:
            with contextlib.suppress(Exception):  # told and kept in `error` by `_ended`
                await self.make()

    async def _is_time(self) -> bool:
        if not self._rules.nightly or self.running or time.monotonic() < self._not_before:
            return False
        await asyncio.to_thread(self.vault.refuse_away)
        if isinstance(self.error, BackupFolderAway):
            self.error = None
        now = self._clock()
        newest = await asyncio.to_thread(self.vault.newest, now)
        since = due_since(now, newest.made_at if newest else None, self._rules)
        return since is not None and (not self._busy() or since.total_seconds() > PATIENCE_S)

    def begin(self) -> None:
        """Start one now, beside the caller. Raises Conflict when one is being made or read again."""
        if self._rechecking:
            raise Conflict("the last backup is being read again; try in some minutes")
        if self.running:
            raise Conflict("a backup is being made already")
        making = asyncio.create_task(self._make(), name="backup")
        self._making = making
        making.add_done_callback(self._ended)

    async def make(self) -> Made:
        """Raises Conflict, BackupFailed."""
        self.begin()
        assert self._making is not None
        return await asyncio.shield(self._making)

    async def close(self) -> None:
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)

    def _ended(self, making: "asyncio.Task[Made]") -> None:
        self._making = None
        if making.cancelled():
            return
        error = making.exception()
        if error is None:
            self.error = None
            self.on_made(making.result())
            return
        self._failed(error)
        if isinstance(error, DatabaseFoundDamaged):
            self.on_damage()

    def _failed(self, error: BaseException) -> None:
        """It is tried again in RETRY_S, but a folder that comes back is used at once. Told once as long as it lasts."""
        told = self.error.message if self.error else None
        self.error = error if isinstance(error, OndolError) else BackupFailed(_in_words(error), reason=str(error))
        if not isinstance(error, BackupFolderAway):
            self._not_before = time.monotonic() + RETRY_S
        if self.error.message != told:
            log.error("no backup was made: %s", self.error.message)
            self.on_failed(self.error)

    async def _make(self) -> Made:
        ended = await run_beside("backup")
        if ended.code == 0:
            return msgspec.json.decode(ended.told, type=Made)
        kind = DatabaseFoundDamaged if ended.code == EXIT_DAMAGED else BackupFailed
        raise kind(ended.complaint or f"the process ended with {ended.code}", reason=ended.complaint)

    async def _may_recheck(self) -> bool:
        if self.running or self._busy() or time.monotonic() < self._not_before:
            return False
        return await asyncio.to_thread(is_due, self.vault, self._clock())

    async def _recheck(self) -> None:
        """Read the newest backup again. One that is damaged counts no more, so that soon a new one is made."""
        self._rechecking = True
        try:
            ended = await run_beside("recheck")
        finally:
            self._rechecking = False
        if ended.code != 0:
            self._not_before = time.monotonic() + RETRY_S
            log.error("the last backup cannot be read again: %s", ended.complaint)
            return
        found = msgspec.json.decode(ended.told, type=Rechecked)
        for name in found.damaged:
            self.error = BackupRotten(name)
            self.on_rotten(name)
