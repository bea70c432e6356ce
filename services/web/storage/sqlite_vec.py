"""Vector index by sqlite-vec (vec0): brute force over compact rows, scope filtered inside the search."""

from collections.abc import Sequence

from services.web.storage.database import Database, Reader, Transaction
from services.web.storage.scope import IN_SCOPE, Scope

_NEAREST = "SELECT rowid AS id FROM vec_index WHERE embedding MATCH :vector AND k = :limit ORDER BY distance"
_NEAREST_IN_SCOPE = (
    IN_SCOPE
    + """SELECT rowid AS id FROM vec_index WHERE embedding MATCH :vector AND k = :limit
  AND rowid IN (SELECT id FROM chunks WHERE content_id IN (SELECT content_id FROM in_scope))
ORDER BY distance"""
)
_BLOCK_ROWS = 1024  # vec0 stores rows in blocks of this many and never gives one back


class SqliteVec:
    signature = "sqlite-vec/float32/1"
    commit_chunks = 8

    async def create(self, tx: Transaction, dimensions: int) -> None:
        await tx.run("DROP TABLE IF EXISTS vec_index")
        # A table's definition takes no parameters; dimensions is an int.
        await tx.run(
            f"CREATE VIRTUAL TABLE vec_index USING vec0(embedding float[{int(dimensions)}] distance_metric=cosine)"
        )

    async def insert(self, tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None:
        await tx.many("INSERT INTO vec_index (rowid, embedding) VALUES (?, ?)", rows)

    async def delete(self, tx: Transaction, chunk_ids: Sequence[int]) -> None:
        await tx.many("DELETE FROM vec_index WHERE rowid = ?", [(i,) for i in chunk_ids])

    async def nearest(self, db: Database, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        if scope is None:
            rows = await db.all(_NEAREST, {"vector": vector, "limit": limit})
        else:
            rows = await db.all(_NEAREST_IN_SCOPE, {**scope.params(), "vector": vector, "limit": limit})
        return [row["id"] for row in rows]

    async def ids(self, db: Reader) -> set[int]:
        return {row["rowid"] for row in await db.all("SELECT rowid FROM vec_index")}

    async def bloated(self, db: Reader) -> bool:
        row = await db.one("SELECT (SELECT count(*) FROM vec_index_chunks), (SELECT count(*) FROM vec_index_rowids)")
        assert row is not None
        return int(row[0]) * _BLOCK_ROWS > 2 * int(row[1]) + 4 * _BLOCK_ROWS
