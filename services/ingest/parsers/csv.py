"""Tables as text: a row becomes `header: value; header: value`."""

import csv
from collections.abc import Iterator

from services.ingest.decoding import decoded, detect
from services.ingest.document import Block, Kind, Limits, Page, ParseError, Source, block, one_line
from services.ingest.parsers.text import paged

_SNIFF_CHARS = 16_384
_DELIMITERS = ",;\t|"
_CELL_CHARS = 1_000_000


def row_text(header: list[str], cells: list[str]) -> str:
    """`header: value` pairs of the cells that hold something; a cell without a header stands alone."""
    named = []
    for index, cell in enumerate(cells):
        value = one_line(cell)
        if value:
            name = header[index] if index < len(header) else ""
            named.append(f"{name}: {value}" if name else value)
    return "; ".join(named)


def is_header(first: list[str], second: list[str] | None) -> bool:
    """Whether the first row names the columns: all cells filled, distinct, and none is a number."""
    names = [one_line(cell) for cell in first]
    if second is None or not all(names) or len(set(names)) != len(names):
        return False
    return not any(_is_number(name) for name in names) and all(len(name) <= 100 for name in names)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").rstrip("%").lstrip("₩$€"))
    except ValueError:
        return False
    return True


def row_blocks(rows: Iterator[tuple[list[str], int]]) -> Iterator[tuple[Block, int]]:
    """Blocks of rows with the progress given beside each row. The header is found in the first two."""
    held = [row for _, row in zip(range(2), rows, strict=False)]
    header: list[str] = []
    if held and is_header(held[0][0], held[1][0] if len(held) > 1 else None):
        header = [one_line(cell) for cell in held.pop(0)[0]]
    for source in (iter(held), rows):
        for cells, done in source:
            made = block(row_text(header, cells), Kind.ROW, joiner="\n")
            if made:
                yield made, done


def _dialect(sample: str, tabs: bool) -> type[csv.Dialect]:
    if tabs:
        return csv.excel_tab
    try:
        return csv.Sniffer().sniff(sample, _DELIMITERS)
    except csv.Error:
        best = max(_DELIMITERS, key=sample.count)
        return type("Guessed", (csv.excel,), {"delimiter": best if best in sample else ","})


class _Lines:
    """Lines with their ends, as csv wants them, and how far the file was read."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._parts = decoded(source.file, encoding)
        self.done = 0

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for text, done in self._parts:
            self.done = done
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                yield line.replace("\0", "") + "\n"
            if len(rest) > _CELL_CHARS:
                raise _cell_too_long()
        if rest:
            yield rest.replace("\0", "")


def _cell_too_long() -> ParseError:
    return ParseError("too_large", f"a cell of the table is longer than {_CELL_CHARS} characters")


def _rows(source: Source, encoding: str, dialect: type[csv.Dialect]) -> Iterator[tuple[list[str], int]]:
    reading = _Lines(source, encoding)
    csv.field_size_limit(_CELL_CHARS)
    try:
        for cells in csv.reader(reading, dialect):
            yield cells, reading.done
    except csv.Error as error:
        if "field larger" in str(error):
            raise _cell_too_long() from None
        raise ParseError("invalid_csv", f"not a readable table: {error}") from None


def parse_csv(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Comma, semicolon, tab or bar separated. Raises ParseError."""
    encoding = detect(source.file)
    sample = next(decoded(source.file, encoding), ("", 0))[0][:_SNIFF_CHARS]
    tabs = source.name.lower().endswith((".tsv", ".tab"))
    return paged(row_blocks(_rows(source, encoding, _dialect(sample, tabs))), source.size)
