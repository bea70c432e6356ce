"""Embeddings as they were computed: the truth that every vector index is made from."""

import json
import random
from collections.abc import Iterable, Sequence

from services.web.storage.database import Reader, Transaction

SAMPLE = 2048


async def select_vectors(db: Reader, chunk_ids: Sequence[int]) -> dict[int, bytes]:
    """Chunk → little-endian float32; chunks without a vector are missing."""
    rows = await db.all(
        "SELECT chunk_id, embedding FROM vectors WHERE chunk_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(chunk_ids)),),
    )
    return {row["chunk_id"]: row["embedding"] for row in rows}


async def select_vectors_after(db: Reader, after_id: int, limit: int) -> list[tuple[int, bytes]]:
    """All vectors by chunk id, a page at a time."""
    rows = await db.all(
        "SELECT chunk_id, embedding FROM vectors WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?", (after_id, limit)
    )
    return [(row["chunk_id"], row["embedding"]) for row in rows]


async def select_vector_sample(db: Reader, dimensions: int) -> tuple[int, list[bytes]]:
    """How many vectors of so many dimensions there are, and at most SAMPLE of them from all over."""
    size = 4 * dimensions
    row = await db.one("SELECT count(*) AS n FROM vectors WHERE length(embedding) = ?", (size,))
    count = int(row["n"]) if row else 0
    rows = await db.all(
        "SELECT embedding FROM vectors WHERE length(embedding) = ? AND chunk_id % ? = 0 LIMIT ?",
        (size, 1 + count // SAMPLE, SAMPLE),
    )
    return count, [row["embedding"] for row in rows]


async def select_texts_with_vectors(db: Reader, draw: random.Random, limit: int) -> list[tuple[str, bytes]]:
    """The beginning of at most `limit` passages from all over, each with its vector."""
    row = await db.one("SELECT min(chunk_id) AS first, max(chunk_id) AS last FROM vectors")
    if row is None or row["first"] is None:
        return []
    ids = range(row["first"], row["last"] + 1)
    rows = await db.all(
        "SELECT substr(c.text, 1, 300) AS text, v.embedding FROM vectors v JOIN chunks c ON c.id = v.chunk_id"
        " WHERE v.chunk_id IN (SELECT value FROM json_each(?))",
        (json.dumps(draw.sample(ids, min(limit, len(ids)))),),
    )
    return [(row["text"], row["embedding"]) for row in rows]


async def select_vector_ids(db: Reader) -> set[int]:
    return {row["chunk_id"] for row in await db.all("SELECT chunk_id FROM vectors")}


async def select_vectors_by_hash(db: Reader, hashes: Sequence[str]) -> dict[str, bytes]:
    """A vector for each chunk hash that has been embedded anywhere."""
    rows = await db.all(
        "SELECT c.hash, v.embedding FROM chunks c JOIN vectors v ON v.chunk_id = c.id"
        " WHERE c.hash IN (SELECT value FROM json_each(?)) GROUP BY c.hash",
        (json.dumps(list(hashes)),),
    )
    return {row["hash"]: row["embedding"] for row in rows}


async def insert_vectors(tx: Transaction, rows: Iterable[tuple[int, bytes]]) -> None:
    await tx.many("INSERT OR REPLACE INTO vectors (chunk_id, embedding) VALUES (?, ?)", rows)


async def delete_all_vectors(tx: Transaction) -> None:
    """Another embedder speaks another language: every chunk waits for its vector again."""
    await tx.run("DELETE FROM vectors")
    await tx.run("INSERT OR IGNORE INTO pending_chunks (chunk_id) SELECT id FROM chunks")
    await tx.run("UPDATE contents SET embedded_count = 0")


async def insert_missing_pending(tx: Transaction) -> int:
    """Chunks that have neither a vector nor a place in the queue get one; how many."""
    return await tx.run(
        "INSERT OR IGNORE INTO pending_chunks (chunk_id)"
        " SELECT id FROM chunks WHERE id NOT IN (SELECT chunk_id FROM vectors)"
    )
