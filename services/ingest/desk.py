"""What is on the desk: files that move, that wait, that are being read, that are put off. No I/O here."""

import asyncio
from collections.abc import Callable, Iterable

from services.ingest.backlog import Backlog, Rank
from services.ingest.inbox import stand_in_hash
from services.ingest.ledger import RETRY, Entry, Ledger
from services.ingest.stability import Stat, Tracker
from services.ingest.webclient import KnownFile

_PUT_OFF_S, _PUT_OFF_MOST_S = 5.0, 300.0
_GRACE_S = 1.5


class Desk:
    """Shared by the keeper, who fills it, and the work loop, which empties it."""

    def __init__(self, settle_s: float, version_of: Callable[[str], str]) -> None:
        self._version_of = version_of
        self._grace_s = settle_s + _GRACE_S
        self.tracker = Tracker(settle_s)
        self.backlog = Backlog()
        self.ledger = Ledger(version_of, self._grace_s)
        self.reading: tuple[str, Stat] | None = None
        self.work = asyncio.Event()
        self._reading_task: asyncio.Task[bool] | None = None
        self._put_off: dict[str, float] = {}
        self._delays: dict[str, float] = {}

    def learn(self, files: Iterable[KnownFile]) -> None:
        """Begin anew with what web knows."""
        self.ledger = Ledger(self._version_of, self._grace_s)
        self.backlog = Backlog()
        self._put_off.clear()
        for known in files:
            stat = Stat(known.size_bytes, known.mtime_ns)
            unread = known.state == "failed" and known.sha256 == stand_in_hash(known.path, stat)
            state = RETRY if unread else known.state
            self.ledger.put(known.path, Entry(known.sha256, stat, state, known.parser_version or ""))

    def saw(self, path: str, stat: Stat, now: float, *, touched: bool) -> None:
        """There is a file. `touched`: it was just changed, so that equal size and time prove nothing."""
        self.ledger.back(path)
        if self.reading and self.reading[0] == path:
            if self.reading[1] == stat:
                return
            self.interrupt()
        if path in self.tracker or touched:
            self.backlog.discard(path)
            self.tracker.observe(path, stat, now)
        elif self.ledger.is_current(path, stat):
            if self.ledger.is_outdated(path) and path not in self.backlog:
                self.put(path, stat, Rank.OUTDATED)
        elif path not in self._put_off and self.backlog.get(path) != stat:
            self.backlog.discard(path)
            self.tracker.observe(path, stat, now)

    def lost(self, path: str, now: float) -> None:
        """Nothing is there any more."""
        self.ledger.gone(path, now)
        self.tracker.forget(path)
        self.backlog.discard(path)
        self._put_off.pop(path, None)
        if self.reading and (self.reading[0] == path or self.reading[0].startswith(path + "/")):
            self.interrupt()

    def settled(self, path: str, stat: Stat) -> None:
        """A file has come to rest: it waits to be read."""
        moved = path not in self.ledger and self.ledger.misses_size(stat.size)
        self.put(path, stat, Rank.MOVED if moved else Rank.CHANGED)

    def put(self, path: str, stat: Stat, rank: Rank) -> None:
        self.backlog.put(path, stat, rank)
        self.work.set()

    def put_off(self, path: str, now: float) -> None:
        """Try this one again in a while, in twice the time when that did not help."""
        delay = self._delays.get(path, _PUT_OFF_S)
        self._delays[path] = min(delay * 2, _PUT_OFF_MOST_S)
        self._put_off[path] = now + delay

    def due_again(self, now: float) -> list[str]:
        """Files that were put off long enough."""
        due = [path for path, when in self._put_off.items() if when <= now]
        for path in due:
            del self._put_off[path]
        return due

    def begin(self, path: str, stat: Stat, task: "asyncio.Task[bool]") -> None:
        """A file is being read."""
        self.reading, self._reading_task = (path, stat), task

    def end(self) -> None:
        """It is read, or was given up."""
        if self.reading and self.reading[0] not in self._put_off:
            self._delays.pop(self.reading[0], None)
        self.reading = self._reading_task = None

    def interrupt(self) -> None:
        """What is being read is not what lies there any more."""
        if self._reading_task:
            self._reading_task.cancel()

    def removals(self, now: float) -> list[str]:
        """Documents that web should remove."""
        unread = self.backlog.sizes() | self.tracker.sizes()
        if self.reading:
            unread.add(self.reading[1].size)
        return self.ledger.removals(now, unread)

    def next_due(self) -> float | None:
        """When something is to be done without anything happening."""
        times = [self.tracker.next_due(), self.ledger.next_removal(), min(self._put_off.values(), default=None)]
        return min((time for time in times if time is not None), default=None)

    def load(self) -> int:
        """Files that are not yet done."""
        return len(self.tracker) + len(self.backlog) + len(self._put_off) + (self.reading is not None)
