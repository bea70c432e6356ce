"""A passage then and now: where it went in a changed text, and which words of it changed. Pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

import msgspec

from services.web.library.grouping import shingles
from services.web.storage.chunks import Passage

MIN_ALIKE = 0.15
"""A chunk that has less of the old passage is taken for another text."""
NEIGHBOUR_ALIKE = 0.4
"""A neighbour belongs to the passage when it has so much of itself from it."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class DiffPart(msgspec.Struct, frozen=True):
    """A run of text that stayed, went (`delete`) or came (`insert`). Without the `insert`s it reads as before, without
    the `delete`s as now."""

    op: Literal["equal", "delete", "insert"]
    text: str


def closest(chunks: Sequence[Passage], text: str, start: int) -> tuple[int, int] | None:
    """The span that most likely is the passage `text`, which once began at `start`: the chunk most alike with those
    around it that say parts of it too, else the chunk that lies at its old place. None without chunks."""
    if not chunks:
        return None
    known = shingles(text)
    shares = [len(known & shingles(chunk.text)) / len(known) for chunk in chunks]
    best = max(range(len(chunks)), key=lambda i: (shares[i], -abs(chunks[i].start - start)))
    if shares[best] < MIN_ALIKE:
        at = min(chunks, key=lambda chunk: abs(chunk.start - start))
        return at.start, at.end
    first = last = best
    while first > 0 and _belongs(chunks[first - 1], known):
        first -= 1
    while last + 1 < len(chunks) and _belongs(chunks[last + 1], known):
        last += 1
    return chunks[first].start, chunks[last].end


def _belongs(chunk: Passage, known: frozenset[str]) -> bool:
    own = shingles(chunk.text)
    return len(own & known) >= NEIGHBOUR_ALIKE * len(own)


def word_diff(before: str, after: str) -> list[DiffPart]:
    """Both texts as one list of parts, cut at words."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[DiffPart] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            parts.append(DiffPart("equal", "".join(old[a:b])))
            continue
        if a < b:
            parts.append(DiffPart("delete", "".join(old[a:b])))
        if c < d:
            parts.append(DiffPart("insert", "".join(new[c:d])))
    return parts
