"""Putting contents on the shelf and taking them off: text, words and vectors always change together."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice

from services.web.library.wording import prepare_rows
from services.web.storage.chunks import (
    ChunkWords,
    NewChunk,
    insert_chunks,
    insert_pending,
    select_chunk_words,
)
from services.web.storage.contents import (
    delete_content,
    insert_content,
    is_content_used,
    update_chunk_counts,
)
from services.web.storage.database import Transaction
from services.web.storage.documents import delete_document, select_content_id, update_document_content
from services.web.storage.facts import select_fact, upsert_fact
from services.web.storage.vector_index import VectorIndex
from services.web.storage.vectors import insert_vectors, select_vectors_after, select_vectors_by_hash
from services.web.storage.words import delete_words, insert_words

DIMENSIONS_FACT = "vector_dimensions"
INDEX_FACT = "vector_index"
_PAGE = 500


class Shelf:
    """All methods work inside the caller's transaction."""

    def __init__(self, index: VectorIndex) -> None:
        self.index = index

    async def put(
        self, tx: Transaction, sha256: str, parser_version: str, text: str, chunks: Iterable[NewChunk]
    ) -> int:
        """A new content with its words, and the vectors that are known already; the other chunks wait. Its id.

        Chunks are taken a page at a time: the words of a Korean text are three times as long as the text."""
        content_id = await insert_content(tx, sha256, parser_version, text)
        coming = iter(chunks)
        while page := await asyncio.to_thread(lambda: list(islice(coming, _PAGE))):
            await self._put_page(tx, content_id, page)
        return content_id

    async def _put_page(self, tx: Transaction, content_id: int, chunks: Sequence[NewChunk]) -> None:
        ids = await insert_chunks(tx, content_id, chunks)
        words = [ChunkWords(i, c.heading, c.text) for (i, _), c in zip(ids, chunks, strict=True)]
        await insert_words(tx, await asyncio.to_thread(prepare_rows, words))
        known = await select_vectors_by_hash(tx, [c.hash for c in chunks])
        await self.add_vectors(tx, [(i, known[h]) for i, h in ids if h in known])
        await update_chunk_counts(tx, content_id, len(ids), sum(h in known for _, h in ids))
        await insert_pending(tx, (i for i, h in ids if h not in known))

    async def add_vectors(self, tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None:
        """Into the truth and the index; the first vector ever decides the index's dimensions."""
        if not rows:
            return
        dimensions = str(len(rows[0][1]) // 4)
        await insert_vectors(tx, rows)
        if await select_fact(tx, DIMENSIONS_FACT) != dimensions:
            await upsert_fact(tx, DIMENSIONS_FACT, dimensions)
            await self.build_index(tx, int(dimensions))
            return
        await self.index.insert(tx, rows)
        if await self.index.outgrown(tx):
            await self.build_index(tx, int(dimensions))

    async def build_index(self, tx: Transaction, dimensions: int) -> None:
        """The index anew, of all vectors that have so many dimensions."""
        await self.index.create(tx, dimensions)
        last = 0
        while page := await select_vectors_after(tx, last, _PAGE):
            await self.index.insert(tx, [row for row in page if len(row[1]) == 4 * dimensions])
            last = page[-1][0]
        await upsert_fact(tx, INDEX_FACT, self.index.signature)

    async def link(self, tx: Transaction, document_id: int, content_id: int | None) -> None:
        """Say that the document says this content (None: nothing); what nobody says any more goes."""
        before = await select_content_id(tx, document_id)
        await update_document_content(tx, document_id, content_id)
        if before is not None and before != content_id:
            await self.drop_if_unused(tx, before)

    async def remove(self, tx: Transaction, document_id: int) -> None:
        """Take a document off the shelf, with its content when it was the last to say it."""
        content_id = await select_content_id(tx, document_id)
        await delete_document(tx, document_id)
        if content_id is not None:
            await self.drop_if_unused(tx, content_id)

    async def drop_if_unused(self, tx: Transaction, content_id: int) -> None:
        if await is_content_used(tx, content_id):
            return
        last = 0
        while page := await select_chunk_words(tx, content_id, last, _PAGE):
            await delete_words(tx, await asyncio.to_thread(prepare_rows, page))
            if await select_fact(tx, DIMENSIONS_FACT) is not None:
                await self.index.delete(tx, [w.chunk_id for w in page])
            last = page[-1].chunk_id
        await delete_content(tx, content_id)
