"""Chunks: spans of a content's text, and which of them wait for a vector."""

import json
from collections.abc import Iterable, Sequence

import msgspec

from services.web.storage.database import Reader, Transaction
from services.web.storage.scope import IN_SCOPE, Scope


class NewChunk(msgspec.Struct, frozen=True):
    """A chunk before it has an id; `start` and `end` are code points into the content's text."""

    ordinal: int
    start: int
    end: int
    page: int | None
    heading: str
    text: str
    hash: str


class Passage(msgspec.Struct, frozen=True):
    """A stored chunk."""

    chunk_id: int
    content_id: int
    ordinal: int
    start: int
    end: int
    page: int | None
    heading: str
    text: str


class ChunkWords(msgspec.Struct, frozen=True):
    """What a chunk is indexed and embedded by."""

    chunk_id: int
    heading: str
    text: str


_PASSAGES = (
    IN_SCOPE
    + """SELECT id AS chunk_id, content_id, ordinal, start, end, page, heading, text FROM chunks
WHERE id IN (SELECT value FROM json_each(:chunks)) AND content_id IN (SELECT content_id FROM in_scope)"""
)


async def select_passages(db: Reader, scope: Scope, chunk_ids: Sequence[int]) -> list[Passage]:
    """Those of the chunks that lie in the scope, in no order."""
    rows = await db.all(_PASSAGES, {**scope.params(), "chunks": json.dumps(list(chunk_ids))})
    return [Passage(**dict(row)) for row in rows]


async def select_passage(db: Reader, content_id: int, chunk_id: int) -> Passage | None:
    row = await db.one(
        "SELECT id AS chunk_id, content_id, ordinal, start, end, page, heading, text FROM chunks"
        " WHERE id = ? AND content_id = ?",
        (chunk_id, content_id),
    )
    return Passage(**dict(row)) if row else None


async def select_chunks_near(db: Reader, content_id: int, start: int, limit: int) -> list[Passage]:
    """The `limit` chunks of a content that begin nearest to a code point, in the order of the text."""
    rows = await db.all(
        "SELECT id AS chunk_id, content_id, ordinal, start, end, page, heading, text FROM chunks"
        " WHERE content_id = ? ORDER BY abs(start - ?) LIMIT ?",
        (content_id, start, limit),
    )
    return sorted((Passage(**dict(row)) for row in rows), key=lambda passage: passage.ordinal)


async def select_chunk_words(db: Reader, content_id: int, after_id: int, limit: int) -> list[ChunkWords]:
    """Chunks of a content by id, a page at a time."""
    rows = await db.all(
        "SELECT id AS chunk_id, heading, text FROM chunks WHERE content_id = ? AND id > ? ORDER BY id LIMIT ?",
        (content_id, after_id, limit),
    )
    return [ChunkWords(**dict(row)) for row in rows]


async def select_chunk_words_after(db: Reader, after_id: int, limit: int) -> list[ChunkWords]:
    """All chunks by id, a page at a time."""
    rows = await db.all(
        "SELECT id AS chunk_id, heading, text FROM chunks WHERE id > ? ORDER BY id LIMIT ?", (after_id, limit)
    )
    return [ChunkWords(**dict(row)) for row in rows]


async def select_chunk_ids(db: Reader) -> set[int]:
    return {row["id"] for row in await db.all("SELECT id FROM chunks")}


async def select_chunk_count(db: Reader) -> int:
    row = await db.one("SELECT count(*) AS n FROM chunks")
    return int(row["n"]) if row else 0


async def select_chunk_total(db: Reader) -> int:
    """As `select_chunk_count`, without counting rows."""
    row = await db.one("SELECT coalesce(sum(chunk_count), 0) AS n FROM contents")
    return int(row["n"]) if row else 0


async def insert_chunks(tx: Transaction, content_id: int, chunks: Sequence[NewChunk]) -> list[tuple[int, str]]:
    """(id, hash) of the new rows; `chunks` are some that follow each other, in the order of their ordinals."""
    await tx.many(
        "INSERT INTO chunks (content_id, ordinal, start, end, page, heading, text, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((content_id, c.ordinal, c.start, c.end, c.page, c.heading, c.text, c.hash) for c in chunks),
    )
    rows = await tx.all(
        "SELECT id, hash FROM chunks WHERE content_id = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal",
        (content_id, chunks[0].ordinal, chunks[-1].ordinal),
    )
    return [(row["id"], row["hash"]) for row in rows]


async def select_pending(db: Reader, limit: int) -> list[ChunkWords]:
    """Chunks without a vector, oldest first."""
    rows = await db.all(
        "SELECT c.id AS chunk_id, c.heading, c.text FROM pending_chunks p JOIN chunks c ON c.id = p.chunk_id"
        " ORDER BY p.chunk_id LIMIT ?",
        (limit,),
    )
    return [ChunkWords(**dict(row)) for row in rows]


async def select_still_pending(db: Reader, chunk_ids: Sequence[int]) -> set[int]:
    """Those of the chunks that still exist and still wait."""
    rows = await db.all(
        "SELECT chunk_id FROM pending_chunks WHERE chunk_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(chunk_ids)),),
    )
    return {row["chunk_id"] for row in rows}


async def insert_pending(tx: Transaction, chunk_ids: Iterable[int]) -> None:
    await tx.many("INSERT OR IGNORE INTO pending_chunks (chunk_id) VALUES (?)", ((i,) for i in chunk_ids))


async def delete_pending(tx: Transaction, chunk_ids: Iterable[int]) -> None:
    await tx.many("DELETE FROM pending_chunks WHERE chunk_id = ?", ((i,) for i in chunk_ids))
