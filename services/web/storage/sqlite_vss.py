"""Vector index by sqlite-vss (faiss). Its in-memory copy belongs to one connection, and every commit writes the whole
index (167 ms at 20,000 vectors): searches go over the writer, and commits are rare."""

import json
from collections.abc import Sequence

from services.web.storage.database import Database, Reader, Transaction
from services.web.storage.scope import IN_SCOPE, Scope

_NEAREST = "SELECT rowid AS id FROM vss_index WHERE vss_search(embedding, vss_search_params(?, ?))"
_WITHIN = (
    IN_SCOPE
    + """SELECT id FROM chunks WHERE id IN (SELECT value FROM json_each(:chunks))
  AND content_id IN (SELECT content_id FROM in_scope)"""
)


class SqliteVss:
    signature = "sqlite-vss/flat/1"
    commit_chunks = 64

    async def create(self, tx: Transaction, dimensions: int) -> None:
        await tx.run("DROP TABLE IF EXISTS vss_index")
        # A table's definition takes no parameters; dimensions is an int.
        await tx.run(
            f"CREATE VIRTUAL TABLE vss_index USING vss0(embedding({int(dimensions)})"
            ' factory="Flat,IDMap2" metric_type=INNER_PRODUCT)'
        )

    async def insert(self, tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None:
        await tx.many("INSERT INTO vss_index (rowid, embedding) VALUES (?, ?)", rows)

    async def delete(self, tx: Transaction, chunk_ids: Sequence[int]) -> None:
        await tx.many("DELETE FROM vss_index WHERE rowid = ?", [(i,) for i in chunk_ids])

    async def nearest(self, db: Database, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        """faiss cannot filter: ask for ever more until enough lie in the scope."""
        async with db.write() as tx:
            if await tx.one("SELECT rowid FROM vss_index LIMIT 1") is None:
                return []  # faiss ends the process when it searches an empty index
            if scope is None:
                return await _search(tx, vector, limit)
            wanted = limit
            while True:
                wanted *= 4
                found = await _search(tx, vector, wanted)
                rows = await tx.all(_WITHIN, {**scope.params(), "chunks": json.dumps(found)})
                inside = {row["id"] for row in rows}
                if len(inside) >= limit or len(found) < wanted:
                    return [i for i in found if i in inside][:limit]

    async def ids(self, db: Reader) -> set[int]:
        return {row["rowid"] for row in await db.all("SELECT rowid FROM vss_index")}

    async def stale(self, db: Reader) -> bool:
        return False

    async def outgrown(self, db: Reader) -> bool:
        return False


async def _search(tx: Transaction, vector: bytes, limit: int) -> list[int]:
    return [row["id"] for row in await tx.all(_NEAREST, (vector, limit))]
