"""The run journal: tokens of all runs go to disk together, at most `interval_s` after they were said.

One transaction for everybody keeps an SD card's wear and fsyncs independent of how many people chat.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from services.core.errors import OndolError
from services.web.storage.database import Database, Transaction
from services.web.storage.runs import JournalEntry, insert_journal

log = logging.getLogger(__name__)


class Journal:
    """`add` never waits. What could not be written (disk full) stays pending and is tried again."""

    def __init__(self, db: Database, interval_s: float) -> None:
        self._db = db
        self._interval_s = interval_s
        self._pending: list[JournalEntry] = []
        self._wake = asyncio.Event()
        self._took_s = 0.0
        """What the last write took: a slow card's part of the interval."""
        self._writing = asyncio.Lock()

    def add(self, entry: JournalEntry) -> None:
        self._pending.append(entry)
        self._wake.set()

    async def run(self) -> None:
        """Write for life."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(max(self._interval_s - self._took_s, 0.0))
            began = time.monotonic()
            try:
                await self.flush()
                self._took_s = time.monotonic() - began
            except OndolError as error:
                log.error("journal not written, trying again: %s", error.message)
                await asyncio.sleep(1)

    async def flush(self) -> None:
        """Write all that is pending now. Raises DiskFull or DiskError; nothing is lost from memory then."""
        async with self._writing:
            self._wake.clear()
            entries, self._pending = self._pending, []
            if not entries:
                return
            try:
                async with self._db.write() as tx:
                    await insert_journal(tx, entries)
            except BaseException:
                self._pending = entries + self._pending
                self._wake.set()
                raise

    @contextlib.asynccontextmanager
    async def closing(self, run_id: str) -> AsyncIterator[Transaction]:
        """A transaction that also holds what is pending of one run: the answer and its journal end together."""
        async with self._writing:
            own = [entry for entry in self._pending if entry.run_id == run_id]
            async with self._db.write() as tx:
                await insert_journal(tx, own)
                yield tx
            self._pending = [entry for entry in self._pending if entry.run_id != run_id]

    def forget(self, run_id: str) -> None:
        """Drop what is pending of a run whose chat was deleted."""
        self._pending = [entry for entry in self._pending if entry.run_id != run_id]
