"""Markdown: headings give structure, fences and lists stay together."""

import re
from collections.abc import Iterator

from services.ingest.decoding import detect, lines
from services.ingest.document import Block, Kind, Limits, Page, Source, block
from services.ingest.parsers.text import paged

_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:\s+(.*?))?\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_BLOCK_CHARS = 16_384


class _Reader:
    """Collects lines into blocks."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._length = 0
        self._fence: str | None = None

    def _flush(self) -> Iterator[Block]:
        made = block("\n".join(self._held))
        self._held, self._length = [], 0
        if made:
            yield made

    def feed(self, line: str) -> Iterator[Block]:
        fence = _FENCE.match(line)
        if self._fence:
            self._keep(line)
            if fence and fence[1].startswith(self._fence) and line.strip() == fence[1]:
                self._fence = None
        elif fence:
            self._fence = fence[1]
            self._keep(line)
        elif heading := _HEADING.match(line):
            yield from self._flush()
            yield from self._heading(heading[2] or "", len(heading[1]))
        elif len(self._held) == 1 and self._held[0].strip() and (under := _UNDERLINE.match(line)):
            text, self._held = self._held[0], []
            yield from self._heading(text, 1 if under[1][0] == "=" else 2)
        elif not line.strip():
            yield from self._flush()
        else:
            self._keep(line)
        if self._length > _BLOCK_CHARS:
            yield from self._flush()

    def _keep(self, line: str) -> None:
        self._held.append(line)
        self._length += len(line)

    def _heading(self, text: str, level: int) -> Iterator[Block]:
        made = block(text.strip(), Kind.HEADING, level)
        if made:
            yield made

    def finish(self) -> Iterator[Block]:
        yield from self._flush()


def _blocks(source: Source) -> Iterator[tuple[Block, int]]:
    reader, done = _Reader(), 0
    for line, done in lines(source.file, detect(source.file)):
        for made in reader.feed(line):
            yield made, done
    for made in reader.finish():
        yield made, done


def parse_markdown(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """CommonMark's headings (both kinds) and fences; all other marks stay in the text as written."""
    return paged(_blocks(source), source.size)
