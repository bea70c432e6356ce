"""One score out of words and meaning. Pure.

score = (bm25 ÷ its measure + weight × min-max cosine) ÷ (1 + weight), over the candidates of one query.
Score fusion beat reciprocal ranks on Korean (recall@1 0.905 against 0.895) and on English with the same weight of 0.5.
The measure is the best BM25, but at least what a text with each of the question's terms would have: the best of a
question in another language shares a name or two, and that is little. Texts in another script than the question's
(`foreign`) are compared by the cosine of a question that was moved to them (languages.py).
"""

from collections.abc import Collection, Mapping

import msgspec

ANSWER_COSINE = 0.82
"""multilingual-e5-small, 300 passages of a manual: of 20 questions about other things 16 come no nearer to any passage
than this; every question about the manual does."""

RELATED_COSINE = 0.78
"""What shares no word with the question and is farther away is left out even where something was found."""

ANSWER_COVERAGE = 0.15
"""A best text that holds fewer of the question's terms, and is not near it in meaning, is no answer."""
FOREIGN_PLACES = (2, 3)
FOREIGN_GAP = 0.02
"""A foreign text that is as near as the nearest own one, but for this, is shown among the first four: words alone would
never bring it there."""


class Candidate(msgspec.Struct, frozen=True):
    """A chunk that words or meaning brought up. `bm25` ≥ 0, None where no word is shared; `cosine` None where there is
    no vector."""

    chunk_id: int
    bm25: float | None
    cosine: float | None
    foreign: bool = False


def candidates(
    bm25: Mapping[int, float], cosine: Mapping[int, float], foreign: Collection[int] = ()
) -> list[Candidate]:
    """Both findings side by side, one candidate a chunk."""
    return [Candidate(i, bm25.get(i), cosine.get(i), i in foreign) for i in {**bm25, **cosine}]


def fuse(
    found: list[Candidate], weight: float, min_score: float, coverage: float = 1.0, attainable: float = 0.0
) -> list[tuple[int, float]]:
    """(chunk, score between 0 and 1), best first; what shares neither a word nor the meaning is left out, and so is
    what scores below `min_score`. `coverage`: the largest share of the query's terms that a candidate holds;
    `attainable`: the BM25 of a text that holds all of them."""
    kept = [c for c in found if c.bm25 is not None or (c.cosine is not None and c.cosine >= RELATED_COSINE)]
    if not _answers(kept, coverage):
        return []
    cosines = [c.cosine for c in kept if c.cosine is not None]
    low, high = (min(cosines), max(cosines)) if cosines else (0.0, 0.0)
    best = max((c.bm25 for c in kept if c.bm25 is not None), default=0.0)
    measure = max(best, attainable) if cosines else best

    def score(c: Candidate) -> float:
        words = c.bm25 / measure if c.bm25 is not None and measure > 0 else 0.0
        if c.cosine is None:
            return words  # not embedded yet: its meaning is taken to agree with its words
        meaning = (c.cosine - low) / (high - low) if high > low else 1.0
        return (words + weight * meaning) / (1 + weight)

    scored = sorted(((score(c), c) for c in kept), key=lambda item: (-item[0], item[1].chunk_id))
    return [(i, s) for i, s in _promote(scored) if s >= min_score]


def _promote(scored: list[tuple[float, Candidate]]) -> list[tuple[int, float]]:
    """The nearest foreign texts at FOREIGN_PLACES, with the scores of those places, where they are not before them."""
    ranked = [(c.chunk_id, score) for score, c in scored]
    own = max((c.cosine for _, c in scored if c.cosine is not None and not c.foreign), default=0.0)
    near = [c for _, c in scored if c.foreign and c.cosine is not None and c.cosine >= own - FOREIGN_GAP]
    near.sort(key=lambda c: -(c.cosine or 0.0))
    for place, chunk in zip(FOREIGN_PLACES, near, strict=False):
        at = next(n for n, (i, _) in enumerate(ranked) if i == chunk.chunk_id)
        if at > place:
            del ranked[at]
            ranked.insert(place, (chunk.chunk_id, ranked[place][1]))
    return ranked


def _answers(kept: list[Candidate], coverage: float) -> bool:
    """Whether there is anything about this in the library; without vectors a shared word must do."""
    shared = any(c.bm25 is not None for c in kept)
    cosines = [c.cosine for c in kept if c.cosine is not None]
    if not cosines:
        return shared
    return max(cosines) >= ANSWER_COSINE or (shared and coverage >= ANSWER_COVERAGE)
