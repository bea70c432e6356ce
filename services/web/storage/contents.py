"""What files say: the text in pieces, and how many chunks of it there are."""

import json
from collections.abc import Sequence

import msgspec

from services.web.storage.database import Reader, Transaction

PIECE_CHARS = 16_384


class Content(msgspec.Struct, frozen=True):
    """`chars` code points of text in `chunk_count` chunks, `embedded_count` of which have their vector."""

    id: int
    chars: int
    chunk_count: int
    embedded_count: int


async def select_content(db: Reader, content_id: int) -> Content | None:
    row = await db.one("SELECT id, chars, chunk_count, embedded_count FROM contents WHERE id = ?", (content_id,))
    return Content(**dict(row)) if row else None


async def select_content_by_sha(db: Reader, sha256: str, parser_version: str) -> Content | None:
    row = await db.one(
        "SELECT id, chars, chunk_count, embedded_count FROM contents WHERE sha256 = ? AND parser_version = ?",
        (sha256, parser_version),
    )
    return Content(**dict(row)) if row else None


async def select_text(db: Reader, content_id: int, start: int, end: int) -> str:
    """Text between two code points, clipped to what there is."""
    start = max(start, 0)
    first = start - start % PIECE_CHARS
    rows = await db.all(
        "SELECT text FROM content_pieces WHERE content_id = ? AND start >= ? AND start < ? ORDER BY start",
        (content_id, first, end),
    )
    return "".join(row["text"] for row in rows)[start - first : max(end - first, 0)]


async def insert_content(tx: Transaction, sha256: str, parser_version: str, text: str) -> int:
    """A content without chunks; its id."""
    content_id = await tx.insert(
        "INSERT INTO contents (sha256, parser_version, chars, chunk_count, embedded_count) VALUES (?, ?, ?, 0, 0)",
        (sha256, parser_version, len(text)),
    )
    await tx.many(
        "INSERT INTO content_pieces (content_id, start, text) VALUES (?, ?, ?)",
        ((content_id, start, text[start : start + PIECE_CHARS]) for start in range(0, len(text), PIECE_CHARS)),
    )
    return content_id


async def update_embedded_counts(tx: Transaction) -> None:
    """Count again for every content; what was right is not written."""
    await tx.run(
        "WITH counted AS (SELECT k.id, count(v.chunk_id) AS n FROM contents k LEFT JOIN chunks c ON c.content_id = k.id"
        " LEFT JOIN vectors v ON v.chunk_id = c.id GROUP BY k.id)"
        " UPDATE contents SET embedded_count = counted.n FROM counted"
        " WHERE counted.id = contents.id AND contents.embedded_count != counted.n"
    )


async def update_embedded_counts_of(tx: Transaction, chunk_ids: Sequence[int]) -> None:
    """These chunks have just got their vectors."""
    await tx.run(
        "WITH added AS (SELECT content_id, count(*) AS n FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
        " GROUP BY content_id)"
        " UPDATE contents SET embedded_count = embedded_count + (SELECT n FROM added WHERE content_id = contents.id)"
        " WHERE id IN (SELECT content_id FROM added)",
        (json.dumps(list(chunk_ids)),),
    )


async def update_chunk_counts(tx: Transaction, content_id: int, chunks: int, embedded: int) -> None:
    """So many chunks were added, and so many of them have their vector."""
    await tx.run(
        "UPDATE contents SET chunk_count = chunk_count + ?, embedded_count = embedded_count + ? WHERE id = ?",
        (chunks, embedded, content_id),
    )


async def select_unused_contents(db: Reader) -> list[int]:
    """Contents that no document says any more."""
    rows = await db.all(
        "SELECT id FROM contents WHERE id NOT IN (SELECT content_id FROM documents WHERE content_id IS NOT NULL)"
    )
    return [row["id"] for row in rows]


async def is_content_used(db: Reader, content_id: int) -> bool:
    return await db.one("SELECT 1 FROM documents WHERE content_id = ? LIMIT 1", (content_id,)) is not None


async def delete_content(tx: Transaction, content_id: int) -> None:
    """Its pieces, chunks and vectors go with it; word and vector index must have been emptied of it before."""
    await tx.run("DELETE FROM contents WHERE id = ?", (content_id,))
