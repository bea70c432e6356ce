"""Whether the disk takes what we write: a card that begins to fail says so here first."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Literal

import msgspec

from services.core.errors import OndolError
from services.web.storage.database import Database

LOOK_S = 5.0
SHAKY_S = 600.0
"""So long after the last refusal people are still told of it: one that is over in a second is a warning too."""
Taken = Literal["ok", "shaky", "refused"]


class Writes(msgspec.Struct, frozen=True):
    """`refused` while a database cannot be written, `shaky` for SHAKY_S after that; `at` is the time of the last
    refusal (ISO 8601), null where there was none lately."""

    state: Taken
    at: str | None = None


class WriteWatch:
    """Hears of every write from the databases it watches, and tries those anew that were refused. `on_refused` gets the
    name of the file when it begins, `on_calm` is told when nothing was refused for SHAKY_S."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.on_refused: Callable[[str], None] = lambda file: None
        self.on_calm: Callable[[], None] = lambda: None
        self._clock = clock
        self._probes: dict[str, Callable[[], Awaitable[None]]] = {}
        self._refusing: set[str] = set()
        self._last: float | None = None
        self._at = ""

    def watch(self, db: Database) -> None:
        file = db.path.name
        self._probes[file] = db.probe
        db.on_refused = lambda: self._refuse(file)
        db.on_written = lambda: self._refusing.discard(file)

    @property
    def state(self) -> Writes:
        if self._last is None:
            return Writes("ok")
        return Writes("refused" if self._refusing else "shaky", self._at)

    def _refuse(self, file: str) -> None:
        begins = self._last is None
        self._refusing.add(file)
        self._last = self._clock()
        self._at = datetime.now(UTC).isoformat(timespec="seconds")
        if begins:
            self.on_refused(file)

    async def run(self) -> None:
        """For life."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Write to what was refused last: only that shows whether the disk takes it again."""
        for file in tuple(self._refusing):
            try:
                await self._probes[file]()
            except OndolError:
                return
        if self._last is not None and not self._refusing and self._clock() - self._last >= SHAKY_S:
            self._last = None
            self.on_calm()
