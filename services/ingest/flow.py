"""Paragraphs and table rows out of a stream of nested elements: what word processors have in common."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.ingest.document import Block, Kind, block, one_line


@dataclass(slots=True)
class _Paragraph:
    parts: list[str] = field(default_factory=list)
    level: int = 0


@dataclass(slots=True)
class Flow:
    """Told of the beginning and end of paragraphs, rows and cells, gives blocks. Paragraphs may nest (text boxes);
    inside a cell they become part of its row."""

    _open: list[_Paragraph] = field(default_factory=list)
    _rows: list[list[list[str]]] = field(default_factory=list)

    def begin_paragraph(self, level: int = 0) -> None:
        """`level` > 0: a heading."""
        self._open.append(_Paragraph(level=level))

    def set_level(self, level: int) -> None:
        """The open paragraph turns out to be a heading."""
        if self._open:
            self._open[-1].level = level

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1].parts.append(text)

    def end_paragraph(self) -> Iterator[Block]:
        if not self._open:
            return
        done = self._open.pop()
        text = "".join(done.parts)
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(text)
            return
        made = block(text, Kind.HEADING if done.level else Kind.PARAGRAPH, done.level)
        if made:
            yield made

    def begin_row(self) -> None:
        self._rows.append([])

    def begin_cell(self) -> None:
        if self._rows:
            self._rows[-1].append([])

    def end_row(self) -> Iterator[Block]:
        if not self._rows:
            return
        cells = [one_line(" ".join(cell)) for cell in self._rows.pop()]
        text = " | ".join(filter(None, cells))
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(text)
            return
        made = block(text, Kind.ROW, joiner="\n")
        if made:
            yield made
