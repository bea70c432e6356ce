"""One score out of words and meaning. Pure.

score = (bm25 ÷ its maximum + weight × min-max cosine) ÷ (1 + weight), over the candidates of one query. Score fusion
beat reciprocal ranks on Korean (recall@1 0.905 against 0.895) and on English with the same weight of 0.5.
"""

from collections.abc import Mapping

import msgspec

RELATED_COSINE = 0.83
"""multilingual-e5-small: below this two texts that share no word have nothing to do with each other."""


class Candidate(msgspec.Struct, frozen=True):
    """A chunk that words or meaning brought up. `bm25` ≥ 0, None where no word is shared; `cosine` None where there is
    no vector."""

    chunk_id: int
    bm25: float | None
    cosine: float | None


def candidates(bm25: Mapping[int, float], cosine: Mapping[int, float]) -> list[Candidate]:
    """Both findings side by side, one candidate a chunk."""
    return [Candidate(chunk_id, bm25.get(chunk_id), cosine.get(chunk_id)) for chunk_id in {**bm25, **cosine}]


def fuse(found: list[Candidate], weight: float, min_score: float) -> list[tuple[int, float]]:
    """(chunk, score between 0 and 1), best first; what shares neither a word nor the meaning is left out, and so is
    what scores below `min_score`."""
    kept = [c for c in found if c.bm25 is not None or (c.cosine is not None and c.cosine >= RELATED_COSINE)]
    if not kept:
        return []
    best = max((c.bm25 for c in kept if c.bm25 is not None), default=0.0)
    cosines = [c.cosine for c in kept if c.cosine is not None]
    low, high = (min(cosines), max(cosines)) if cosines else (0.0, 0.0)
    scale = 1 + weight if cosines else 1.0

    def score(c: Candidate) -> float:
        words = c.bm25 / best if c.bm25 is not None and best > 0 else 0.0
        if c.cosine is None:
            return words / scale
        meaning = (c.cosine - low) / (high - low) if high > low else 1.0
        return (words + weight * meaning) / scale

    scored = [(c.chunk_id, score(c)) for c in kept]
    return sorted(((i, s) for i, s in scored if s >= min_score), key=lambda item: (-item[1], item[0]))
