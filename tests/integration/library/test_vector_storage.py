"""Coarser forms of the vector index find what the exact one finds."""

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import cast

import pytest

from services.core.config import Config
from services.web.library.checks import Repairs
from services.web.library.vectors import dot, pack, unpack
from services.web.library.wording import chunk_hash
from services.web.storage.chunks import NewChunk
from services.web.storage.database import Params, Row
from services.web.storage.documents import insert_document, update_document_content
from services.web.storage.scope import Scope
from tests.integration.library.conftest import Shelf, opened

DIMENSIONS = 256
CHUNKS = 1500
Vector = list[float]


def leaning(draw: random.Random, common: Vector, noise: float) -> Vector:
    """Of length 1, and to the side that all lean to, as the vectors of embedding models do."""
    raw = [c + draw.gauss(0, noise) for c in common]
    length = math.sqrt(sum(x * x for x in raw))
    return [x / length for x in raw]


def made() -> tuple[list[bytes], list[bytes]]:
    """(stored vectors, vectors to ask with)."""
    draw = random.Random(5)
    common = [draw.choice((-1, 1)) / 16 for _ in range(DIMENSIONS)]
    subjects = [leaning(draw, common, 0.03) for _ in range(100)]
    stored = [leaning(draw, draw.choice(subjects), 0.02) for _ in range(CHUNKS)]
    asked = [leaning(draw, draw.choice(subjects), 0.02) for _ in range(20)]
    return [pack(v) for v in stored], [pack(v) for v in asked]


async def fill(shelf: Shelf, vectors: Sequence[bytes]) -> list[int]:
    """One document whose n-th chunk has the n-th vector, given in small batches as they come; ids of the chunks."""
    texts = [f"chunk {n}" for n in range(len(vectors))]
    chunks = [NewChunk(n, n, n + 1, None, "", text, chunk_hash("", text)) for n, text in enumerate(texts)]
    kept = shelf.library.editing._shelf
    async with shelf.library.db.write() as tx:
        document = await insert_document(tx, "shared/all.txt")
        content = await kept.put(tx, "sha", "test", "\n".join(texts), chunks)
        await update_document_content(tx, document, content)
        rows = await tx.all("SELECT id FROM chunks ORDER BY ordinal")
        ids = [int(row["id"]) for row in rows]
        await tx.run("DELETE FROM pending_chunks")
        for first in range(0, len(ids), 50):
            last = first + 50
            await kept.add_vectors(tx, list(zip(ids[first:last], vectors[first:last], strict=True)))
    return ids


async def recall(shelf: Shelf, ids: Sequence[int], stored: Sequence[bytes], asked: Sequence[bytes]) -> float:
    """Share of the exact 5 nearest that are among the index's first 5."""
    found = 0
    for question in asked:
        near = await shelf.library.index.nearest(shelf.library.db, question, 5 * 10, None)
        cosines = {i: dot(unpack(question), unpack(v)) for i, v in zip(ids, stored, strict=True)}
        exact = sorted(cosines, key=lambda i: -cosines[i])[:5]
        found += len({*near[:5]} & {*exact})
        assert all(cosines[a] >= cosines[b] - 1e-5 for a, b in pairwise(near))  # exact order, but for rounding
    return found / (5 * len(asked))


async def test_every_form_finds_the_exact_nearest(make_config: Callable[..., Config], index: str) -> None:
    stored, asked = made()
    async with opened(make_config(ONDOL_RAG__INDEX=index), run=False) as shelf:
        ids = await fill(shelf, stored)
        assert await recall(shelf, ids, stored, asked) >= 0.97
        everyone = Scope("minsu")
        assert await shelf.library.index.nearest(shelf.library.db, asked[0], 7, everyone) == (
            await shelf.library.index.nearest(shelf.library.db, asked[0], 7, None)
        )
        assert await shelf.library.check() == Repairs()


async def test_the_centre_of_a_bit_index_grows_with_the_library(make_config: Callable[..., Config]) -> None:
    stored, asked = made()
    config = make_config(ONDOL_RAG__INDEX="sqlite-vec", ONDOL_RAG__STORAGE="bit")
    async with opened(config, run=False) as shelf:
        ids = await fill(shelf, stored)
        row = await shelf.library.db.one("SELECT counted FROM vec_form")
        assert row is not None
        assert row["counted"] > CHUNKS / 5
        good = await recall(shelf, ids, stored, asked)
        zeros = pack([0.0] * DIMENSIONS)
        async with shelf.library.db.write() as tx:
            await tx.run("UPDATE vec_form SET centre = ?, counted = 1", (zeros,))
        assert await shelf.library.check() == Repairs(index_rebuilt=True)
        assert await recall(shelf, ids, stored, asked) == pytest.approx(good, abs=0.03)
        async with shelf.library.db.write() as tx:
            await tx.run("DROP TABLE vec_form")
        assert await shelf.library.check() == Repairs(index_rebuilt=True)


async def test_another_form_is_made_at_start_without_embedding_again(make_config: Callable[..., Config]) -> None:
    stored, asked = made()
    async with opened(make_config(ONDOL_RAG__INDEX="sqlite-vec"), run=False) as shelf:
        ids = await fill(shelf, stored)
    for storage in ("bit", "int8", "float32"):
        config = make_config(ONDOL_RAG__INDEX="sqlite-vec", ONDOL_RAG__STORAGE=storage)
        async with opened(config, run=False) as shelf:
            assert storage in shelf.library.index.signature
            assert await recall(shelf, ids, stored, asked) >= 0.97
            assert shelf.embedder.texts == []


async def form(shelf: Shelf) -> str:
    row = await shelf.library.db.one("SELECT form FROM vec_form")
    assert row is not None
    return str(row["form"])


async def test_auto_turns_to_bits_while_the_library_grows(
    make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, asked = made()
    config = make_config(ONDOL_RAG__INDEX="sqlite-vec", ONDOL_RAG__STORAGE="auto")
    async with opened(config, run=False) as shelf:
        ids = await fill(shelf, stored)
        assert await form(shelf) == "float32"
    monkeypatch.setattr("services.web.storage.sqlite_vec.BITS_FROM", CHUNKS)
    async with opened(config, run=False) as shelf:
        assert await form(shelf) == "bit"  # made at the start, since it is large enough now
        assert await recall(shelf, ids, stored, asked) >= 0.97
    monkeypatch.setattr("services.web.storage.sqlite_vec.BITS_FROM", CHUNKS // 2)
    config.home.library_db.unlink()
    async with opened(config, run=False) as shelf:
        ids = await fill(shelf, stored)  # in batches: on its way it is outgrown
        assert await form(shelf) == "bit"
        assert await recall(shelf, ids, stored, asked) >= 0.97
        assert await shelf.library.check() == Repairs()


async def test_a_search_that_meets_the_change_of_form_asks_again(make_config: Callable[..., Config]) -> None:
    stored, asked = made()
    config = make_config(ONDOL_RAG__INDEX="sqlite-vec", ONDOL_RAG__STORAGE="bit")
    async with opened(config, run=False) as shelf:
        await fill(shelf, stored[:100])
        db, index = shelf.library.db, shelf.library.index
        expected = await index.nearest(db, asked[0], 5, None)
        looked = db.one
        answers = iter([{"form": "float32"}])

        async def late(sql: str, params: Params = ()) -> Row | None:
            stale = next(answers, None) if "FROM vec_form" in sql else None
            return cast(Row, stale) if stale else await looked(sql, params)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(db, "one", late)
            assert await index.nearest(db, asked[0], 5, None) == expected
