"""Questions by file: `bill.ask.md` is no document but is told to web, which writes `bill.answer.md` beside it."""

import asyncio
import io
import logging
import os
import stat as modes
from collections.abc import Callable, Iterable, Mapping

from services.core.errors import OndolError
from services.ingest.decoding import decoded, detect
from services.ingest.document import NotTextError
from services.ingest.inbox import Inbox, RefusedError, is_being_written, sha256_of, stat_of
from services.ingest.stability import Stat, Tracker
from services.ingest.webclient import Ask, AskError, WebClient

_log = logging.getLogger(__name__)
_MAX_BYTES = 1_000_000
_GRACE_S = 1.5  # editors save by removing and making anew
_WRITER_PATIENCE_S = 60.0
_LATER_S = 30.0


class Asks:
    """Ask files that move, rest, and were told. Raises WebGone."""

    def __init__(self, inbox: Inbox, client: WebClient, settle_s: float, clock: Callable[[], float]) -> None:
        self._inbox = inbox
        self._client = client
        self._clock = clock
        self._grace_s = settle_s + _GRACE_S
        self._tracker = Tracker(settle_s)
        self._told: dict[str, Stat] = {}
        self._missing: dict[str, float] = {}
        self._later: dict[str, float] = {}
        self._writers: dict[str, float] = {}

    def begin(self) -> None:
        """Web is new: it is told of everything once more, and knows what it has answered."""
        self._told.clear()

    def changed(self, path: str) -> None:
        """Something happened at this path."""
        try:
            real = self._inbox.locate(path)
            found = os.lstat(real) if real else None
        except OSError:
            found = None
        if found is None or not modes.S_ISREG(found.st_mode):
            self._lost(path)
        else:
            self._saw(path, stat_of(found))

    def looked(self, asks: Mapping[str, Stat], *, whole: bool) -> None:
        """A walk has seen these; `whole` means that there are no others."""
        for path, stat in asks.items():
            self._saw(path, stat)
        for path in [path for path in self._told if whole and path not in asks]:
            self._lost(path)

    def next_due(self) -> float | None:
        """When there is something to do without anything happening."""
        gone = min(self._missing.values(), default=None)
        times = [
            self._tracker.next_due(),
            None if gone is None else gone + self._grace_s,
            min(self._later.values(), default=None),
        ]
        return min((time for time in times if time is not None), default=None)

    async def step(self) -> None:
        """Tell what has come to rest and what is gone."""
        now = self._clock()
        for path in [path for path, when in self._later.items() if when <= now]:
            del self._later[path]
            self.changed(path)
        for path, _ in self._tracker.rested(now):
            await self._settle(path)
        gone = [path for path, since in self._missing.items() if now - since >= self._grace_s]
        if gone:
            await self._remove(gone)

    def _saw(self, path: str, stat: Stat) -> None:
        self._missing.pop(path, None)
        if self._told.get(path) != stat and path not in self._later:
            self._tracker.observe(path, stat, self._clock())

    def _lost(self, path: str) -> None:
        self._tracker.forget(path)
        self._later.pop(path, None)
        self._writers.pop(path, None)
        if path in self._told:
            self._missing.setdefault(path, self._clock())

    async def _remove(self, gone: list[str]) -> None:
        try:
            await self._client.asks_removed(gone)
        except OndolError as error:
            _log.warning("questions that are gone have to wait: %s", error.message)
            self._missing.update(dict.fromkeys(gone, self._clock() + _LATER_S))
            return
        self._forget(gone)

    def _forget(self, gone: Iterable[str]) -> None:
        for path in gone:
            self._missing.pop(path, None)
            self._told.pop(path, None)

    async def _settle(self, path: str) -> None:
        try:
            fd = self._inbox.open(path)
        except (OSError, RefusedError) as error:
            _log.warning("%s is not asked: %s", path, error)
            self._lost(path)
            return
        try:
            stat = stat_of(os.fstat(fd))
            now = self._clock()
            if is_being_written(fd) and now - self._writers.setdefault(path, now) < _WRITER_PATIENCE_S:
                self._tracker.observe(path, stat, now)
                self._tracker.defer(path, now)
                return
            if not self._tracker.settle(path, stat, now):
                return
            self._writers.pop(path, None)
            ask = await asyncio.to_thread(_read, path, fd, stat)
        except OSError as error:
            _log.warning("%s cannot be read: %s", path, error)
            self._later[path] = self._clock() + _LATER_S
            return
        finally:
            os.close(fd)
        await self._tell(ask, stat)

    async def _tell(self, ask: Ask, stat: Stat) -> None:
        try:
            await self._client.ask(ask)
        except OndolError as error:
            _log.warning("%s has to wait: %s", ask.path, error.message)
            self._later[ask.path] = self._clock() + _LATER_S
            return
        self._told[ask.path] = stat


def _read(path: str, fd: int, stat: Stat) -> Ask:
    sha256 = sha256_of(fd)
    if stat.size > _MAX_BYTES:
        return Ask(path, sha256, "", AskError("too_large", f"a question may have {_MAX_BYTES} bytes"))
    file = io.BytesIO(os.pread(fd, _MAX_BYTES, 0))
    try:
        encoding = detect(file)
        return Ask(path, sha256, "".join(text for text, _ in decoded(file, encoding)))
    except NotTextError as error:
        return Ask(path, sha256, "", AskError("unsupported", str(error)))
