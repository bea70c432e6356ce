"""Looks after the inbox: turns changes, looks and the passing of time into work on the desk."""

import asyncio
import contextlib
import logging
import os
import stat as modes
from collections.abc import Callable, Iterable

from services.core.errors import OndolError
from services.ingest.asks import Asks
from services.ingest.desk import Desk
from services.ingest.inbox import Inbox, Look, RefusedError, is_being_written, stat_of
from services.ingest.webclient import WebClient

_log = logging.getLogger(__name__)
_LONGEST_WAIT_S = 2.0
_SHORTEST_WAIT_S = 0.1
_FLOOD = 4_000  # changes at once: events may have been lost on the way
_WRITER_PATIENCE_S = 60.0  # a log that is always open for writing is read all the same
_SLICE = 500
_LATER_S = 5.0  # web could not (its disk is full, say)
_REMOVED_AT_ONCE = 200  # web forgets them one by one: the answer must not take minutes


class Keeper:
    """`clock` is monotonic seconds. Raises WebGone."""

    def __init__(
        self,
        inbox: Inbox,
        desk: Desk,
        asks: Asks,
        client: WebClient,
        rescan_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._inbox = inbox
        self._desk = desk
        self._asks = asks
        self._client = client
        self._rescan_s = rescan_s
        self._clock = clock
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._next_look = 0.0
        self._remove_after = 0.0
        self._said: set[tuple[str, str]] = set()
        self._writers: dict[str, float] = {}
        self._identity = inbox.identity()
        self._doubtful = False
        self.moved_away = asyncio.Event()

    def changed(self, reals: Iterable[str]) -> None:
        """Something happened at these real paths."""
        self._dirty.update(reals)
        self._wake.set()

    def wake(self) -> None:
        """Look at the desk again: something was finished."""
        self._wake.set()

    def look_soon(self) -> None:
        """Look over the whole inbox at the next turn."""
        self._next_look = 0.0
        self._wake.set()

    async def run(self) -> None:
        """One turn after the other, until cancelled or until web is gone."""
        self._asks.begin()
        while True:
            self._wake.clear()
            await self._turn()
            with contextlib.suppress(TimeoutError):
                # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the event.
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    def _pause(self) -> float:
        if self._identity is None:
            return _LONGEST_WAIT_S
        times = (self._desk.next_due(), self._asks.next_due(), self._next_look)
        due = min(time for time in times if time is not None)
        return min(_LONGEST_WAIT_S, max(_SHORTEST_WAIT_S, due - self._clock()))

    async def _turn(self) -> None:
        if not self._is_there():
            return
        await self._take_changes()
        if self._clock() >= self._next_look:
            self._next_look = self._clock() + self._rescan_s
            self._take_look(await asyncio.to_thread(self._inbox.look))
        self._look_again()
        await self._settle()
        await self._remove()
        await self._asks.step()

    def _is_there(self) -> bool:
        """An unplugged disk is no reason to forget its documents."""
        identity = self._inbox.identity()
        if identity == self._identity and identity is not None:
            return True
        if identity is None:
            if self._identity is not None:
                _log.error("the inbox %s is away; documents are kept until it is back", self._inbox.root)
            self._identity = None
            return False
        self._identity = identity
        self._doubtful = True
        self._next_look = 0.0
        self.moved_away.set()
        return True

    async def _take_changes(self) -> None:
        dirty, self._dirty = self._dirty, set()
        if len(dirty) > _FLOOD:
            self._next_look = self._clock()
            return
        folders: list[str] = []
        for real in sorted(dirty):
            ask = self._inbox.ask_key(real)
            if ask is not None:
                self._asks.changed(ask)
            path = self._inbox.key(real)
            if path is None:
                continue
            if self._take_change(path) and not any(path.startswith(folder + "/") for folder in folders[-1:]):
                folders.append(path)
        for folder in folders:
            look = await asyncio.to_thread(self._inbox.look, folder)
            self._take_files(look)
            self._asks.looked(look.asks, whole=False)

    def _take_change(self, path: str) -> bool:
        """Put one change on the desk; True for a folder, which has to be walked."""
        try:
            real = self._inbox.locate(path)
            found = os.lstat(real) if real else None
        except (FileNotFoundError, NotADirectoryError):
            found = None
        except OSError:
            return False
        if found is None:
            self._desk.lost(path, self._clock())
            return False
        if modes.S_ISDIR(found.st_mode):
            return True
        if not modes.S_ISREG(found.st_mode):
            self._desk.lost(path, self._clock())
            self._say(path, "it is not a regular file; links are not followed")
        elif "/" in path:
            self._desk.saw(path, stat_of(found), self._clock(), touched=True)
        else:
            self._say(path, "it lies in no one's folder: move it into shared/ or into a user's")
        return False

    def _say(self, path: str, reason: str) -> None:
        if (path, reason) not in self._said:
            self._said.add((path, reason))
            _log.warning("%s is passed over: %s", path, reason)

    def _take_files(self, look: Look) -> None:
        for path, reason in look.refused.items():
            self._say(path, reason)
        for path, stat in look.files.items():
            self._desk.saw(path, stat, self._clock(), touched=False)

    def _take_look(self, look: Look) -> None:
        self._take_files(look)
        ledger, now = self._desk.ledger, self._clock()
        if self._doubtful and not look.files and len(ledger):
            _log.error("the inbox was replaced by an empty one; its documents are kept until files lie in it")
            return
        self._doubtful = False
        self._asks.looked(look.asks, whole=not look.unreadable)
        for path in ledger.paths():
            if path not in look.files:
                self._desk.lost(path, now)
        for path in look.unreadable:
            self._say(path or ".", "it cannot be looked into; what is known of it is kept")
        ledger.excuse(look.unreadable)

    def _look_again(self) -> None:
        for path in self._desk.due_again(self._clock()):
            self._take_change(path)

    async def _settle(self) -> None:
        for count, (path, _) in enumerate(self._desk.tracker.rested(self._clock()), start=1):
            self._settle_one(path)
            if count % _SLICE == 0:
                await asyncio.sleep(0)

    def _settle_one(self, path: str) -> None:
        now, tracker = self._clock(), self._desk.tracker
        if path not in tracker:
            return
        try:
            fd = self._inbox.open(path)
        except (FileNotFoundError, NotADirectoryError):
            self._desk.lost(path, now)
            return
        except RefusedError as error:
            self._desk.lost(path, now)
            self._say(path, str(error))
            return
        except OSError:
            self._settle_unopened(path, now)
            return
        try:
            stat, written = stat_of(os.fstat(fd)), is_being_written(fd)
        finally:
            os.close(fd)
        if written and now - self._writers.setdefault(path, now) < _WRITER_PATIENCE_S:
            tracker.observe(path, stat, now)
            tracker.defer(path, now)
        elif tracker.settle(path, stat, now):
            self._writers.pop(path, None)
            self._desk.settled(path, stat)

    def _settle_unopened(self, path: str, now: float) -> None:
        """The file may not be opened; that is for the reader to tell."""
        try:
            real = self._inbox.locate(path)
            stat = stat_of(os.lstat(real)) if real else None
        except OSError:
            stat = None
        if stat is None:
            self._desk.lost(path, now)
        elif self._desk.tracker.settle(path, stat, now):
            self._desk.settled(path, stat)

    async def _remove(self) -> None:
        paths = self._desk.removals(self._clock())[:_REMOVED_AT_ONCE]
        if not paths or self._clock() < self._remove_after:
            return
        try:
            await self._client.removed(paths)
        except OndolError as error:
            _log.warning("%d documents that are gone have to wait: %s", len(paths), error.message)
            self._remove_after = self._clock() + _LATER_S
            return
        for path in paths:
            self._desk.ledger.drop(path)
        _log.info("%d documents removed", len(paths))
