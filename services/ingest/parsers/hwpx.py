"""Hangul documents of the open format (KS X 6101, OWPML): sections of paragraphs and tables."""

import re
from collections.abc import Iterator

from services.ingest.archive import Archive, open_archive
from services.ingest.document import Block, Limits, Page, ParseError, Source
from services.ingest.flow import Flow
from services.ingest.parsers.text import paged
from services.ingest.xmlstream import End, Start, Text, events, without

_SECTION = re.compile(r"Contents/section(\d+)\.xml$")
_MANIFEST = "META-INF/manifest.xml"
_SKIPPED = frozenset({"secPr", "hiddenComment", "header", "footer"})


def _section(archive: Archive, name: str) -> Iterator[tuple[Block, int]]:
    flow, in_text = Flow(), 0
    for event in without(events(archive.chunks(name)), _SKIPPED):
        match event:
            case Start(name="p"):
                flow.begin_paragraph()
            case Start(name="t"):
                in_text += 1
            case End(name="t"):
                in_text -= 1
            case Start(name="lineBreak"):
                flow.text("\n")
            case Start(name="tab"):
                flow.text("\t")
            case Start(name="tr"):
                flow.begin_row()
            case Start(name="tc"):
                flow.begin_cell()
            case Text(text=text) if in_text:
                flow.text(text)
            case End(name="p"):
                yield from ((made, 0) for made in flow.end_paragraph())
            case End(name="tr"):
                yield from ((made, 0) for made in flow.end_row())


def _blocks(source: Source, limits: Limits) -> Iterator[tuple[Block, int]]:
    with open_archive(source, limits) as archive:
        if _MANIFEST in archive and b"encryption-data" in archive.read(_MANIFEST):
            raise ParseError("password", "the file is protected by a password")
        sections = sorted((int(found[1]), name) for name in archive.names if (found := _SECTION.match(name)))
        if not sections:
            raise ParseError("broken", "this is no Hangul document")
        for _, name in sections:
            yield from _section(archive, name)


def parse_hwpx(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Raises ParseError."""
    return paged(_blocks(source, limits), 0)
