"""What the rest of web reaches of all this: the disk, backups, a staged restore, what happened, the owner."""

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.core.config import Config
from services.core.errors import Conflict, Forbidden, NotFound
from services.core.happenings import Happenings
from services.web.background import lasting
from services.web.safety.disk import DiskState, DiskWatch, forget_kept_chats
from services.web.safety.former import forget_old
from services.web.safety.manifest import Manifest
from services.web.safety.nightly import Backups
from services.web.safety.notices import Notices
from services.web.safety.restoring import clear_unconfirmed, confirm, stage
from services.web.safety.vault import vault_of
from services.web.safety.writes import WriteWatch
from services.web.storage.database import Database
from services.web.storage.users import User, select_first_user, username_key

FORGET_S = 3600.0
_T = TypeVar("_T")


class Staged(msgspec.Struct, frozen=True):
    """A verified backup that waits for a yes."""

    id: str
    created_at: str
    ondol: str
    users: int
    sessions: int
    messages: int
    documents: int


class Keeper:
    """`restart` ends the house so that it starts again with what was confirmed."""

    def __init__(self, config: Config, people: Database, busy: Callable[[], bool], restart: Callable[[], None]) -> None:
        self.disk = DiskWatch(config.home.root, config.disk)
        self.writes = WriteWatch()
        self.writes.watch(people)
        self.disk.make_room = lambda: forget_kept_chats(config.home)
        self.notices = Notices(config.home)
        self.backups = Backups(vault_of(config), config.backup, busy)
        self.staged: Staged | None = None
        self._config = config
        self._people = people
        self._restart = restart
        self._part = config.home.restore_part
        self._working: asyncio.Task[Any] | None = None

    def tell_of_disk_and_backups(self, happenings: Happenings) -> None:
        """Whatever comes of them is written into the list that people read."""
        self.backups.on_made = lambda made: happenings.record("backup_made", size_bytes=made.size_bytes)
        self.backups.on_rotten = lambda name: happenings.record("backup_damaged", name=name)
        self.backups.on_failed = lambda error: happenings.record("backup_failed", reason=error.message)
        self.disk.on_change = lambda before, state: _record_disk(happenings, state)
        self.writes.on_refused = lambda file: happenings.record("disk_refused", file=file)
        self.writes.on_calm = lambda: happenings.record("disk_calm")
        if self.disk.low:
            _record_disk(happenings, self.disk.state)

    async def run(self) -> None:
        """Watch the disk and what it takes, and make backups, for life."""
        await asyncio.to_thread(clear_unconfirmed, self._config.home)
        async with asyncio.TaskGroup() as group:
            group.create_task(lasting("disk", self.disk.run))
            group.create_task(lasting("writes", self.writes.run))
            group.create_task(lasting("backups", self.backups.run))
            group.create_task(lasting("former databases", self._forget_former_states))

    async def _forget_former_states(self) -> None:
        while True:
            await asyncio.sleep(FORGET_S)
            await asyncio.to_thread(forget_old, self._config.home, self.backups.vault, datetime.now(UTC))

    async def is_owner(self, user: User) -> bool:
        """The one whom web.owner names, else who logged in first."""
        if self._config.web.owner:
            return username_key(self._config.web.owner) == username_key(user.username)
        first = await select_first_user(self._people)
        return first is not None and first.id == user.id

    async def check_owner(self, user: User) -> None:
        """Raises Forbidden unless this user may handle backups in the page."""
        if not self._config.backup.in_browser:
            raise Forbidden("backups are not handled in the page here (backup.in_browser)")
        if not await self.is_owner(user):
            raise Forbidden("only the owner of the box may do this (web.owner)")

    async def stage(self, backup: Path) -> Staged:
        """Unpack and verify; it is used only after `restore`. Raises Conflict, BackupRefused, DiskFull, OSError."""

        async def work() -> Staged:
            self.staged = None
            self.staged = _staged(await asyncio.to_thread(stage, backup, self._part))
            return self.staged

        return await self._alone(work)

    async def restore(self, staged_id: str) -> None:
        """Make what was staged the state, and restart. Raises Conflict, NotFound, BackupRefused, DiskFull, OSError."""

        async def work() -> None:
            if self.staged is None or self.staged.id != staged_id:
                raise NotFound("this backup is not waiting to be restored (any more); choose it again")
            self.staged = None
            await asyncio.to_thread(confirm, self._part, self._config.home)
            self._restart()

        await self._alone(work)

    async def discard(self) -> None:
        """Leave everything as it is. Raises Conflict."""

        async def work() -> None:
            self.staged = None
            await asyncio.to_thread(shutil.rmtree, self._part, ignore_errors=True)

        await self._alone(work)

    async def _alone(self, work: Callable[[], Coroutine[None, None, _T]]) -> _T:
        """It all uses one folder, in threads that go on when nobody waits any more: one at a time, to its end."""
        if self._working is not None:
            raise Conflict("a backup is being unpacked or put in place already; wait until that is done")
        working = asyncio.create_task(work(), name="restore")
        self._working = working
        working.add_done_callback(self._rested)
        return await asyncio.shield(working)

    def _rested(self, _working: "asyncio.Task[Any]") -> None:
        self._working = None


def _record_disk(happenings: Happenings, state: DiskState) -> None:
    match state.level:
        case "ok":
            happenings.record("disk_free_again", free_bytes=state.free_bytes)
        case "low":
            happenings.record("disk_low", free_bytes=state.free_bytes)
        case "full":
            happenings.record("disk_full", file=None)


def _staged(manifest: Manifest) -> Staged:
    counts = manifest.counts
    return Staged(
        secrets.token_hex(8),
        manifest.created_at,
        manifest.ondol,
        counts.get("users", 0),
        counts.get("chat_sessions", 0),
        counts.get("messages", 0),
        sum(member.name.startswith("inbox/") for member in manifest.members),
    )


def restart_house(stop: asyncio.Event) -> None:
    """All of it, since settings may be others now; without supervisord there is only this process to end."""
    if os.environ.get("SUPERVISOR_ENABLED"):
        os.kill(os.getppid(), signal.SIGHUP)
    else:
        stop.set()
