"""Texts in another script than the question's. An embedder puts each language in a region of its own, so that the
passages nearest to a Korean question are Korean ones, whatever they say: the question is moved by the difference of the
regions' means, and asked for a second time."""

import asyncio
import random
from collections.abc import Sequence

import msgspec

from services.web.library.lexical import is_cjk
from services.web.library.vectors import pack, unpack
from services.web.storage.chunks import select_chunk_total
from services.web.storage.database import Reader
from services.web.storage.vectors import select_texts_with_vectors

SAMPLE = 1000
FEWEST = 8
"""Passages of a script that make a mean; fewer say more about their subject than about their language."""
GROWN = 1.5
SHIFT = 0.75
"""Of the way between the means. tests/bench/retrieval.py: the whole way finds no more, half of it a tenth less."""

Means = dict[bool, "Sequence[float]"]
"""The mean vector of CJK text (True) and of all other text (False)."""


class Regions(msgspec.Struct, frozen=True):
    """What a library of `chunks` passages looked like."""

    chunks: int = 0
    means: Means = {}


class Languages:
    """Knows the regions of a library; looks again when it has grown by half."""

    def __init__(self) -> None:
        self._regions = Regions()

    async def moved(self, db: Reader, vector: bytes, question: str) -> bytes | None:
        """The question's vector where the other script's texts lie; None where the library has one script."""
        chunks = await select_chunk_total(db)
        if chunks > GROWN * self._regions.chunks or chunks * GROWN < self._regions.chunks:
            self._regions = Regions(chunks, await self._look(db))
        means = self._regions.means
        if len(means) < 2 or any(4 * len(mean) != len(vector) for mean in means.values()):
            return None
        return moved(vector, means[is_cjk(question)], means[not is_cjk(question)])

    async def _look(self, db: Reader) -> Means:
        rows = await select_texts_with_vectors(db, random.Random(1), SAMPLE)
        return await asyncio.to_thread(means_of, rows)


def means_of(rows: Sequence[tuple[str, bytes]]) -> Means:
    """The mean of each script that has at least FEWEST texts. Vectors of the first row's length only."""
    found: Means = {}
    for cjk in (True, False):
        vectors = [unpack(blob) for text, blob in rows if is_cjk(text) == cjk and len(blob) == len(rows[0][1])]
        if len(vectors) >= FEWEST:
            found[cjk] = [sum(column) / len(vectors) for column in zip(*vectors, strict=True)]
    return found


def moved(vector: bytes, own: Sequence[float], other: Sequence[float]) -> bytes:
    """`vector` + SHIFT × (other − own), of length 1."""
    values = [v + SHIFT * (b - a) for v, a, b in zip(unpack(vector), own, other, strict=True)]
    length = sum(v * v for v in values) ** 0.5
    return pack([v / length for v in values]) if length > 0 else vector
