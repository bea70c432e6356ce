"""Word documents (ECMA-376 part 1, WordprocessingML), streamed: pictures are never unpacked."""

import re
from collections.abc import Iterator

from services.ingest.archive import Archive, open_archive
from services.ingest.document import Block, Limits, Page, ParseError, Source
from services.ingest.flow import Flow
from services.ingest.parsers.text import paged
from services.ingest.xmlstream import End, Start, Text, events, without

_MAIN = re.compile(r"word/document\d*\.xml$")
_SKIPPED = frozenset({"Fallback", "del", "moveFrom", "sectPr"})  # the same text in another form, or text struck out
_HEADING = re.compile(r"(?:heading|제목|überschrift|titre|título)\s*([1-9])$", re.IGNORECASE)
_TITLE = re.compile(r"title|제목$", re.IGNORECASE)


def _heading_styles(archive: Archive) -> dict[str, int]:
    """Levels of the styles that are headings, by style id."""
    levels: dict[str, int] = {}
    if "word/styles.xml" not in archive:
        return levels
    style = ""
    for event in events(archive.chunks("word/styles.xml")):
        if not isinstance(event, Start):
            continue
        value = event.attributes.get("val", "")
        if event.name == "style":
            style = event.attributes.get("styleId", "")
        elif event.name == "name" and (found := _HEADING.match(value)):
            levels[style] = int(found[1])
        elif event.name == "name" and _TITLE.match(value):
            levels[style] = 1
        elif event.name == "outlineLvl" and value.isdigit() and int(value) < 9:
            levels.setdefault(style, int(value) + 1)
    return levels


def _start(flow: Flow, event: Start, styles: dict[str, int]) -> None:
    value = event.attributes.get("val", "")
    match event.name:
        case "p":
            flow.begin_paragraph()
        case "pStyle" if value in styles:
            flow.set_level(styles[value])
        case "outlineLvl" if value.isdigit() and int(value) < 9:
            flow.set_level(int(value) + 1)
        case "tab" if not event.attributes.get("pos"):
            flow.text("\t")
        case "br" | "cr":
            flow.text("\n")
        case "noBreakHyphen":
            flow.text("-")
        case "tr":
            flow.begin_row()
        case "tc":
            flow.begin_cell()


def _part(archive: Archive, name: str, styles: dict[str, int]) -> Iterator[tuple[Block, int]]:
    flow, in_text = Flow(), False
    for event in without(events(archive.chunks(name)), _SKIPPED):
        match event:
            case Start(name="t"):
                in_text = True
            case End(name="t"):
                in_text = False
            case Text(text=text) if in_text:
                flow.text(text)
            case Start():
                _start(flow, event, styles)
            case End(name="p"):
                yield from ((made, 0) for made in flow.end_paragraph())
            case End(name="tr"):
                yield from ((made, 0) for made in flow.end_row())


def _blocks(source: Source, limits: Limits) -> Iterator[tuple[Block, int]]:
    with open_archive(source, limits) as archive:
        main = next(filter(_MAIN.match, archive.names), None)
        if main is None:
            raise ParseError("broken", "this is no Word document")
        styles = _heading_styles(archive)
        yield from _part(archive, main, styles)
        for notes in ("word/footnotes.xml", "word/endnotes.xml"):
            if notes in archive:
                yield from _part(archive, notes, {})


def parse_docx(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Body with headings and tables, then foot- and endnotes. Raises ParseError."""
    return paged(_blocks(source, limits), 0)
