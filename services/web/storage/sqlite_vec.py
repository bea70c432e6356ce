"""Vector index by sqlite-vec (vec0): brute force over compact rows, scope filtered inside the search.

Coarser rows are read faster. Vectors have length 1, so that nearest by distance is nearest by cosine, and whatever the
stored form brings up is put in order by the exact vectors.
"""

import array
import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec

from services.web.storage.database import Database, Reader, Transaction, Value
from services.web.storage.scope import IN_SCOPE, Scope
from services.web.storage.vectors import select_vector_sample

Storage = Literal["float32", "int8", "bit"]


class _Form(msgspec.Struct, frozen=True):
    """The type of the column, `:vector` in that form, and how many rows are fetched for each that is asked for."""

    column: str
    value: str
    fetch: int


# The sign of a number says little where all vectors lean to one side: of e5's exact 5 nearest, 0.65 are among the 40
# nearest by raw signs, 0.94 by the signs of what is left without the mean of all vectors.
_FORMS: dict[Storage, _Form] = {
    "float32": _Form("float", ":vector", 1),
    "int8": _Form("int8", "vec_quantize_int8(:vector, 'unit')", 1),
    "bit": _Form("bit", "vec_quantize_binary(vec_sub(:vector, (SELECT centre FROM vec_centre)))", 4),
}
_FOUND = "SELECT rowid AS id FROM vec_index WHERE embedding MATCH {value} AND k = :fetch"
_INSIDE = "rowid IN (SELECT id FROM chunks WHERE content_id IN (SELECT content_id FROM in_scope))"
_BEST = """SELECT found.id FROM found JOIN vectors ON vectors.chunk_id = found.id
ORDER BY vec_distance_cosine(vectors.embedding, :vector) LIMIT :limit"""
_BLOCK_ROWS = 1024  # vec0 stores rows in blocks of this many and never gives one back
_MOST_FETCHED = 4096  # vec0 refuses more
_OUTGROWN = 4
"""A centre of so many times fewer vectors is made anew: few of them decide it in a young library."""


class SqliteVec:
    commit_chunks = 8

    def __init__(self, storage: Storage) -> None:
        self.signature = f"sqlite-vec/{storage}/2"
        self._centred = storage == "bit"
        self._form = _FORMS[storage]
        found = _FOUND.format(value=self._form.value)
        self._nearest = f"WITH found AS MATERIALIZED ({found})\n{_BEST}"
        self._nearest_in_scope = f"{IN_SCOPE}, found AS MATERIALIZED ({found} AND {_INSIDE})\n{_BEST}"

    async def create(self, tx: Transaction, dimensions: int) -> None:
        await tx.run("DROP TABLE IF EXISTS vec_index")
        await tx.run("DROP TABLE IF EXISTS vec_centre")
        # A table's definition takes no parameters; dimensions is an int.
        await tx.run(f"CREATE VIRTUAL TABLE vec_index USING vec0(embedding {self._form.column}[{int(dimensions)}])")
        if self._centred:
            await tx.run("CREATE TABLE vec_centre (centre BLOB NOT NULL, counted INTEGER NOT NULL) STRICT")
            count, sample = await select_vector_sample(tx, dimensions)
            centre = await asyncio.to_thread(_mean, sample, dimensions)
            await tx.run("INSERT INTO vec_centre (centre, counted) VALUES (?, ?)", (centre, count))

    async def insert(self, tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None:
        await tx.many(
            f"INSERT INTO vec_index (rowid, embedding) VALUES (:id, {self._form.value})",
            [{"id": chunk_id, "vector": vector} for chunk_id, vector in rows],
        )

    async def delete(self, tx: Transaction, chunk_ids: Sequence[int]) -> None:
        await tx.many("DELETE FROM vec_index WHERE rowid = ?", [(i,) for i in chunk_ids])

    async def nearest(self, db: Database, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        fetch = min(self._form.fetch * limit, _MOST_FETCHED)
        params: dict[str, Value] = {"vector": vector, "limit": limit, "fetch": fetch}
        if scope is None:
            rows = await db.all(self._nearest, params)
        else:
            rows = await db.all(self._nearest_in_scope, {**params, **scope.params()})
        return [row["id"] for row in rows]

    async def ids(self, db: Reader) -> set[int]:
        return {row["rowid"] for row in await db.all("SELECT rowid FROM vec_index")}

    async def stale(self, db: Reader) -> bool:
        return await self._bloated(db) or await self.outgrown(db)

    async def outgrown(self, db: Reader) -> bool:
        if not self._centred:
            return False
        row = await db.one("SELECT (SELECT counted FROM vec_centre), (SELECT count(*) FROM vec_index_rowids)")
        assert row is not None
        return int(row[1]) > _OUTGROWN * int(row[0])

    async def _bloated(self, db: Reader) -> bool:
        row = await db.one("SELECT (SELECT count(*) FROM vec_index_chunks), (SELECT count(*) FROM vec_index_rowids)")
        assert row is not None
        return int(row[0]) * _BLOCK_ROWS > 2 * int(row[1]) + 4 * _BLOCK_ROWS


def _mean(sample: Sequence[bytes], dimensions: int) -> bytes:
    """The mean of float32 vectors; zeros of none."""
    columns = zip(*(memoryview(blob).cast("f") for blob in sample), strict=True)
    means = [sum(column) / len(sample) for column in columns] if sample else [0.0] * dimensions
    return array.array("f", means).tobytes()
