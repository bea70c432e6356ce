"""From scored chunks to results: neighbours joined, one result a document, near-duplicates collapsed. Pure."""

from collections.abc import Sequence

import msgspec

from services.web.library.types import Why
from services.web.storage.chunks import Passage

MAX_JOINED = 3
JOIN_SHARE = 0.5
"""A neighbour joins when it scores at least this share of the better one; else it would only water it down."""
SAME_TEXT = 0.8
_SHINGLE = 5


class Scored(msgspec.Struct, frozen=True):
    """Lower places come first; within a place the score decides."""

    passage: Passage
    score: float
    place: int = 0
    why: Why | None = None

    @property
    def rank(self) -> tuple[int, float]:
        """Sorts the best first."""
        return (self.place, -self.score)


class Span(msgspec.Struct, frozen=True):
    """One chunk, or up to MAX_JOINED neighbours read as one; `best` is the chunk that brought it up."""

    best: Scored
    start: int
    end: int
    page: int | None
    chunks: int


class Group(msgspec.Struct, frozen=True):
    """All spans of one content, best first, and the contents that say nearly the same."""

    content_id: int
    spans: tuple[Span, ...]
    duplicates: tuple[int, ...] = ()

    @property
    def score(self) -> float:
        return self.spans[0].best.score

    @property
    def rank(self) -> tuple[int, float]:
        return self.spans[0].best.rank


def join_neighbours(scored: Sequence[Scored]) -> list[Span]:
    """Spans of one content, best first."""
    runs: list[list[Scored]] = []
    for item in sorted(scored, key=lambda s: s.passage.ordinal):
        if runs and _joins(runs[-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return sorted((_span(run) for run in runs), key=lambda span: (span.best.rank, span.start))


def _joins(run: list[Scored], item: Scored) -> bool:
    last = run[-1]
    low, high = sorted((last.score, item.score))
    return item.passage.ordinal == last.passage.ordinal + 1 and len(run) < MAX_JOINED and low >= JOIN_SHARE * high


def _span(run: list[Scored]) -> Span:
    best = min(run, key=lambda s: s.rank)
    return Span(best, run[0].passage.start, run[-1].passage.end, run[0].passage.page, len(run))


def group(scored: Sequence[Scored]) -> list[Group]:
    """One group a content, best first."""
    by_content: dict[int, list[Scored]] = {}
    for item in scored:
        by_content.setdefault(item.passage.content_id, []).append(item)
    groups = [Group(content_id, tuple(join_neighbours(items))) for content_id, items in by_content.items()]
    return sorted(groups, key=lambda g: (g.rank, g.content_id))


def collapse(groups: Sequence[Group], limit: int) -> list[Group]:
    """At most `limit` groups; one whose best passage says what an earlier one's says is named there and left out."""
    kept: list[tuple[frozenset[str], Group]] = []
    for candidate in groups:
        signature = shingles(candidate.spans[0].best.passage.text)
        for place, (known, keeper) in enumerate(kept):
            if _alike(signature, known):
                named = (*keeper.duplicates, candidate.content_id)
                kept[place] = (known, msgspec.structs.replace(keeper, duplicates=named))
                break
        else:
            if len(kept) == limit:
                break
            kept.append((signature, candidate))
    return [keeper for _, keeper in kept]


def shingles(text: str) -> frozenset[str]:
    """All runs of five characters, spaces and case aside: they barely change with a word or two."""
    plain = "".join(text.casefold().split())
    return frozenset(plain[i : i + _SHINGLE] for i in range(max(1, len(plain) - _SHINGLE + 1)))


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    small, large = sorted((len(a), len(b)))
    if small < SAME_TEXT * large:
        return False
    return len(a & b) >= SAME_TEXT * len(a | b)
