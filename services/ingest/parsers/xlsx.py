"""Spreadsheets, read by openpyxl in its streaming mode: a row a block, with the sheet's headers."""

import datetime
from collections.abc import Iterator

from openpyxl import load_workbook  # type: ignore[import-untyped]

from services.ingest.archive import open_archive
from services.ingest.document import Block, Kind, Limits, Page, ParseError, Source, block
from services.ingest.parsers.csv import row_blocks
from services.ingest.parsers.text import paged

_MAX_SHARED_BYTES = 60_000_000  # openpyxl holds the table of shared strings as a whole
_SHARED = "xl/sharedStrings.xml"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value)


def _check(source: Source, limits: Limits) -> None:
    """openpyxl does not bound what it unpacks: every part that it reads is measured first."""
    with open_archive(source, limits) as archive:
        if not any(name.startswith("xl/workbook") for name in archive.names):
            raise ParseError("broken", "this is no spreadsheet")
        for name in archive.names:
            if not name.endswith((".xml", ".rels")):
                continue
            size = 0
            for index, data in enumerate(archive.chunks(name)):
                if index == 0 and b"<!ENTITY" in data:
                    raise ParseError("entity_bomb", "it declares entities, which are not expanded here")
                size += len(data)
                if name == _SHARED and size > _MAX_SHARED_BYTES:
                    raise ParseError("too_large", f"its table of texts has more than {_MAX_SHARED_BYTES} bytes")


def _blocks(source: Source) -> Iterator[tuple[Block, int]]:
    source.file.seek(0)
    book = load_workbook(source.file, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a claimed size of 16,384 columns would pad every row
            title = block(sheet.title, Kind.HEADING, 1)
            if title:
                yield title, 0
            rows = (([_cell(value) for value in row], 0) for row in sheet.iter_rows(values_only=True) if any(row))
            yield from row_blocks(rows)
    finally:
        book.close()


def parse_xlsx(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Values as last calculated; dates in ISO form; the sheet's name is a heading. Raises ParseError."""
    _check(source, limits)
    return paged(_blocks(source), 0)
