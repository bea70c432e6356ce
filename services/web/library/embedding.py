"""The background job that gives chunks their vectors: small batches at the lowest priority, so that chats go first."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from services.core.errors import ModelUnavailable, OndolError
from services.web.library.embedder import change_embedder, is_embedded_by
from services.web.library.shelf import Shelf
from services.web.library.types import Embedder, Observer
from services.web.library.wording import wording
from services.web.storage.chunks import ChunkWords, delete_pending, select_pending, select_still_pending
from services.web.storage.contents import update_embedded_counts_of
from services.web.storage.database import Database
from services.web.storage.documents import (
    select_embedding_documents,
    select_embedding_state,
    update_embedded_documents,
    update_incomplete_documents,
)

log = logging.getLogger(__name__)

BATCH = 8
RETRY_S = 1.0
RETRY_FAULT_S = 10.0
Notify = Callable[[Sequence[int]], Awaitable[None]]


class EmbeddingJob:
    """`run` never ends; `wake` tells it that chunks wait. `chunks_per_s` is its present speed, None until known.
    `name` is that of the embedder."""

    def __init__(
        self, db: Database, shelf: Shelf, embedder: Embedder, name: str, notify: Notify, observer: Observer
    ) -> None:
        self._db = db
        self._shelf = shelf
        self._embedder = embedder
        self._name = name
        self._notify = notify
        self._observer = observer
        self._wake = asyncio.Event()
        self.chunks_per_s: float | None = None

    def wake(self) -> None:
        self._wake.set()

    async def run(self, rests: Callable[[], bool] = lambda: False) -> None:
        """Waits while the embedder is away, or `rests`, and goes on afterwards. A failed batch is logged and tried
        again."""
        while True:
            self._wake.clear()
            try:
                while not rests() and await self.step():
                    pass
            except ModelUnavailable as error:
                log.info("vectors wait: %s", error.message)
                await asyncio.sleep(RETRY_S)
                continue
            except (OndolError, OSError) as error:
                log.error("vectors wait: %s", error)
                await asyncio.sleep(RETRY_FAULT_S)
                continue
            if rests():
                await asyncio.sleep(RETRY_S)
            else:
                await self._wake.wait()

    async def step(self) -> bool:
        """Embed as many waiting chunks as one commit is worth; whether there were any."""
        if not await is_embedded_by(self._db, self._name):
            await self._change_embedder()
        waiting = await select_pending(self._db, self._shelf.index.commit_chunks)
        if not waiting:
            return False
        started = time.monotonic()
        rows: list[tuple[int, bytes]] = []
        for first in range(0, len(waiting), BATCH):
            rows += await self._embed(waiting[first : first + BATCH])
        await self._store(rows)
        elapsed = time.monotonic() - started
        self._observer.embedded(len(rows), elapsed)
        speed = len(rows) / max(elapsed, 1e-6)
        self.chunks_per_s = speed if self.chunks_per_s is None else 0.8 * self.chunks_per_s + 0.2 * speed
        return True

    async def _change_embedder(self) -> None:
        await self._embedder.embed([self._name], kind="query", priority="ingest")  # it must have shown that it works
        async with self._db.write() as tx:
            await change_embedder(tx, self._name)
            await update_incomplete_documents(tx)
            documents = await select_embedding_state(tx)
        await self._notify(documents)

    async def _embed(self, batch: Sequence[ChunkWords]) -> list[tuple[int, bytes]]:
        texts = [wording(chunk.heading, chunk.text) for chunk in batch]
        vectors = await self._embedder.embed(texts, kind="passage", priority="ingest")
        return [(chunk.chunk_id, vector) for chunk, vector in zip(batch, vectors, strict=True)]

    async def _store(self, rows: Sequence[tuple[int, bytes]]) -> None:
        async with self._db.write() as tx:
            present = await select_still_pending(tx, [i for i, _ in rows])
            kept = [row for row in rows if row[0] in present]  # a document may have gone while it was embedded
            await self._shelf.add_vectors(tx, kept)
            ids = [i for i, _ in kept]
            await delete_pending(tx, ids)
            await update_embedded_counts_of(tx, ids)
            touched = await select_embedding_documents(tx, ids)
            await update_embedded_documents(tx)
        await self._notify(touched)
