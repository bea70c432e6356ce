"""Cuts a document into passages: by structure first, then by sentences. Pure.

Boundaries partly follow the content (`_is_anchor`), so that an edit moves only the boundaries around it and the
passages further on stay what they were.
"""

import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.ingest.document import Block, Kind
from services.ingest.sentences import Span, sentences, trim
from services.ingest.tokens import estimate

CHUNKER_VERSION = 1  # another one cuts every document anew
MAX_TOKENS = 480  # the embedder reads 512: room for its own marks and the `passage: ` prefix
_ANCHOR_EVERY = 4
_HEADING_CHARS = 120
_HEADINGS = 6


@dataclass(frozen=True, slots=True)
class Chunk:
    """Passage `text[start:end]` in code points; `page` counts from 1; `heading` is the path of headings above it."""

    ordinal: int
    start: int
    end: int
    page: int | None
    heading: str


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    tokens: float
    heading: bool
    anchor: bool
    path: str


def _is_anchor(text: str) -> bool:
    return zlib.crc32(text.encode("utf-8", "replace")) % _ANCHOR_EVERY == 0


def _is_joined(char: str) -> bool:
    return unicodedata.combining(char) != 0 or char in "\u200d\ufe0f" or "\u1160" <= char <= "\u11ff"


def _halves(text: str, start: int, end: int) -> Iterator[Span]:
    """Two spans, cut at whitespace near the middle, else between characters."""
    middle = (start + end) // 2
    cut = text.rfind(" ", start + (middle - start) // 2, middle)
    if cut < 0:
        cut = middle
        while cut < end - 1 and _is_joined(text[cut]):
            cut += 1
    for left, right in ((start, cut), (cut, end)):
        span = trim(text, left, right)
        if span:
            yield span


def _fit(text: str, span: Span, most: float) -> Iterator[Span]:
    stack = [span]
    while stack:
        start, end = stack.pop()
        if end - start == 1 or estimate(text[start:end]) <= most:
            yield start, end
        else:
            stack.extend(reversed(list(_halves(text, start, end))))


def pieces(text: str, most: float) -> Iterator[Span]:
    """Trimmed spans of `text`, each of at most `most` tokens: the whole, else sentences, else parts of them."""
    whole = trim(text, 0, len(text))
    if whole is None:
        return
    if estimate(text) <= most:
        yield whole
        return
    for sentence in sentences(text, *whole):
        yield from _fit(text, sentence, most)


@dataclass(slots=True)
class Chunker:
    """Takes blocks in order with their offset in the whole text, gives passages of about `target` tokens."""

    target: int
    _units: list[_Unit] = field(default_factory=list)
    _tokens: float = 0.0
    _page: int | None = None
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _ordinal: int = 0

    def add(self, block: Block, start: int, page: int | None) -> Iterator[Chunk]:
        """Passages that are complete now that `block`, at code point `start` of the text, has come."""
        if page != self._page:
            yield from self._cut(keep_headings=False)
            self._page = page
        heading = block.kind is Kind.HEADING
        if heading:
            self._push(block)
        path = " › ".join(text for _, text in self._headings)
        for left, right in pieces(block.text, self.target):
            text = block.text[left:right]
            unit = _Unit(start + left, start + right, estimate(text), heading, _is_anchor(text), path)
            if self._is_full(unit):
                yield from self._cut(keep_headings=not heading)
            self._units.append(unit)
            self._tokens += unit.tokens

    def finish(self) -> Iterator[Chunk]:
        """The last passage, if any."""
        yield from self._cut(keep_headings=False)

    def _push(self, block: Block) -> None:
        text = " ".join(block.text.split())[:_HEADING_CHARS]
        kept = [(level, above) for level, above in self._headings if level < block.level]
        self._headings = [*kept[-(_HEADINGS - 1) :], (block.level, text)]

    def _is_full(self, unit: _Unit) -> bool:
        bodied = any(not known.heading for known in self._units)
        if not bodied:
            return bool(self._units) and self._tokens + unit.tokens > MAX_TOKENS
        if unit.heading:
            return self._tokens >= self.target / 4
        if self._tokens + unit.tokens > self.target:
            return True
        return unit.anchor and self._tokens >= self.target / 2

    def _cut(self, *, keep_headings: bool) -> Iterator[Chunk]:
        """Close the passage; headings at its end go on to the next one, where their text is."""
        last = len(self._units)
        while keep_headings and last > 0 and self._units[last - 1].heading:
            last -= 1
        last = last or len(self._units)
        closed, self._units = self._units[:last], self._units[last:]
        self._tokens = sum(unit.tokens for unit in self._units)
        if not closed:
            return
        path = next((unit.path for unit in closed if not unit.heading), closed[-1].path)
        yield Chunk(self._ordinal, closed[0].start, closed[-1].end, self._page, path)
        self._ordinal += 1


def lay_out(blocks: Iterable[tuple[Block, int | None]], target: int) -> tuple[str, list[Chunk]]:
    """The whole text of `blocks` (each with its page) and its passages."""
    chunker, length = Chunker(target), 0
    parts: list[str] = []
    chunks: list[Chunk] = []
    for block, page in blocks:
        joiner = block.joiner if parts else ""
        parts.append(joiner + block.text)
        chunks += chunker.add(block, length + len(joiner), page)
        length += len(parts[-1])
    chunks += chunker.finish()
    return "".join(parts), chunks
