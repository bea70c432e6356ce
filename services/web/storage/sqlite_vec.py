"""Vector index by sqlite-vec (vec0): brute force over compact rows, scope filtered inside the search.

Coarser rows are read faster. Vectors have length 1, so that nearest by distance is nearest by cosine, and whatever the
stored form brings up is put in order by the exact vectors. `auto` keeps float32 while that is quick, and bits from
BITS_FROM vectors on; `vec_form` says which form the rows that are there have.
"""

import array
import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Literal

import msgspec

from services.web.storage.database import Database, Reader, Row, Transaction, Value
from services.web.storage.scope import IN_SCOPE, Scope
from services.web.storage.vectors import SAMPLE, select_vector_sample

Form = Literal["float32", "int8", "bit"]
Storage = Literal["auto", "float32", "int8", "bit"]

BITS_FROM = 10_000
"""Vectors; a search reads 15 MB of them then (4 ms on a desktop's memory, some 20 on a Raspberry Pi's)."""


class _Shape(msgspec.Struct, frozen=True):
    """The type of the column, `:vector` in that form, and how many rows are fetched for each that is asked for."""

    column: str
    value: str
    fetch: int


# The sign of a number says little where all vectors lean to one side: of e5's exact 5 nearest, 0.65 are among the 40
# nearest by raw signs, 0.94 by the signs of what is left without the mean of all vectors.
_SHAPES: dict[Form, _Shape] = {
    "float32": _Shape("float", ":vector", 1),
    "int8": _Shape("int8", "vec_quantize_int8(:vector, 'unit')", 1),
    "bit": _Shape("bit", "vec_quantize_binary(vec_sub(:vector, (SELECT centre FROM vec_form)))", 4),
}
_INSIDE = "AND rowid IN (SELECT id FROM chunks WHERE content_id IN (SELECT content_id FROM in_scope))"
_NEAREST = """found AS MATERIALIZED (
    SELECT rowid AS id FROM vec_index WHERE embedding MATCH {value} AND k = :fetch {inside}
)
SELECT found.id FROM found JOIN vectors ON vectors.chunk_id = found.id
ORDER BY vec_distance_cosine(vectors.embedding, :vector) LIMIT :limit"""
_EVERYWHERE = {form: "WITH " + _NEAREST.format(value=s.value, inside="") for form, s in _SHAPES.items()}
_IN_SCOPE = {form: f"{IN_SCOPE}, {_NEAREST.format(value=s.value, inside=_INSIDE)}" for form, s in _SHAPES.items()}
_BLOCK_ROWS = 1024  # vec0 stores rows in blocks of this many and never gives one back
_MOST_FETCHED = 4096  # vec0 refuses more
_OUTGROWN = 4
"""A centre of so many times fewer vectors is made anew: few of them decide it in a young library."""


class SqliteVec:
    commit_chunks = 8

    def __init__(self, storage: Storage) -> None:
        self.signature = f"sqlite-vec/{storage}/3"
        self._storage = storage

    async def create(self, tx: Transaction, dimensions: int) -> None:
        await tx.run("DROP TABLE IF EXISTS vec_index")
        await tx.run("DROP TABLE IF EXISTS vec_form")
        count, sample = await select_vector_sample(tx, dimensions)
        form = self._form_for(count)
        # A table's definition takes no parameters; dimensions is an int.
        column = f"{_SHAPES[form].column}[{int(dimensions)}]"
        await tx.run(f"CREATE VIRTUAL TABLE vec_index USING vec0(embedding {column})")
        await tx.run("CREATE TABLE vec_form (form TEXT NOT NULL, centre BLOB, counted INTEGER NOT NULL) STRICT")
        centre = await asyncio.to_thread(_mean, sample, dimensions) if form == "bit" else None
        await tx.run("INSERT INTO vec_form (form, centre, counted) VALUES (?, ?, ?)", (form, centre, count))

    async def insert(self, tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None:
        shape = _SHAPES[await _stored_form(tx)]
        await tx.many(
            f"INSERT INTO vec_index (rowid, embedding) VALUES (:id, {shape.value})",
            [{"id": chunk_id, "vector": vector} for chunk_id, vector in rows],
        )

    async def delete(self, tx: Transaction, chunk_ids: Sequence[int]) -> None:
        await tx.many("DELETE FROM vec_index WHERE rowid = ?", [(i,) for i in chunk_ids])

    async def nearest(self, db: Database, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        form = await _stored_form(db)
        try:
            rows = await self._nearest(db, form, vector, limit, scope)
        except sqlite3.Error:
            changed = await _stored_form(db)  # built anew in another form between the two looks
            if changed == form:
                raise
            rows = await self._nearest(db, changed, vector, limit, scope)
        return [row["id"] for row in rows]

    async def _nearest(self, db: Database, form: Form, vector: bytes, limit: int, scope: Scope | None) -> list[Row]:
        fetch = min(_SHAPES[form].fetch * limit, _MOST_FETCHED)
        params: dict[str, Value] = {"vector": vector, "limit": limit, "fetch": fetch}
        if scope is None:
            return await db.all(_EVERYWHERE[form], params)
        return await db.all(_IN_SCOPE[form], {**params, **scope.params()})

    async def ids(self, db: Reader) -> set[int]:
        return {row["rowid"] for row in await db.all("SELECT rowid FROM vec_index")}

    async def stale(self, db: Reader) -> bool:
        return await self._bloated(db) or await self.outgrown(db)

    async def outgrown(self, db: Reader) -> bool:
        row = await db.one("SELECT form, counted FROM vec_form")
        if row is None:
            return True
        if row["form"] != "bit":
            return self._storage == "auto" and await _held(db) >= BITS_FROM
        counted = int(row["counted"])
        return counted < SAMPLE and await _held(db) > _OUTGROWN * counted

    def _form_for(self, vectors: int) -> Form:
        if self._storage == "auto":
            return "bit" if vectors >= BITS_FROM else "float32"
        return self._storage

    async def _bloated(self, db: Reader) -> bool:
        row = await db.one("SELECT (SELECT count(*) FROM vec_index_chunks), (SELECT count(*) FROM vec_index_rowids)")
        assert row is not None
        return int(row[0]) * _BLOCK_ROWS > 2 * int(row[1]) + 4 * _BLOCK_ROWS


async def _stored_form(db: Reader) -> Form:
    """Raises sqlite3.Error when there is no index."""
    row = await db.one("SELECT form FROM vec_form")
    if row is None:
        raise sqlite3.DatabaseError("vec_form is empty")
    form: Form = row["form"]
    return form


async def _held(db: Reader) -> int:
    row = await db.one("SELECT count(*) AS n FROM vec_index_rowids")
    return int(row["n"]) if row else 0


def _mean(sample: Sequence[bytes], dimensions: int) -> bytes:
    """The mean of float32 vectors; zeros of none."""
    columns = zip(*(memoryview(blob).cast("f") for blob in sample), strict=True)
    means = [sum(column) / len(sample) for column in columns] if sample else [0.0] * dimensions
    return array.array("f", means).tobytes()
