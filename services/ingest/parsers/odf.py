"""OpenDocument text, tables and slides (OASIS ODF 1.3): one streamed content.xml."""

from collections.abc import Iterator

from services.ingest.archive import Archive, open_archive
from services.ingest.document import Block, Limits, Page, ParseError, Source
from services.ingest.flow import Flow
from services.ingest.parsers.text import paged
from services.ingest.xmlstream import End, Start, Text, events, without

_MAIN = "content.xml"
_SKIPPED = frozenset({"tracked-changes", "annotation", "forms", "styles", "automatic-styles", "font-face-decls"})
_MANIFEST = "META-INF/manifest.xml"


def _check_password(archive: Archive) -> None:
    if _MANIFEST in archive and b"encryption-data" in archive.read(_MANIFEST):
        raise ParseError("password", "the file is protected by a password")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 4 else 1


def _start(flow: Flow, event: Start) -> None:
    match event.name:
        case "p":
            flow.begin_paragraph()
        case "h":
            flow.begin_paragraph(_number(event.attributes.get("outline-level")))
        case "tab":
            flow.text("\t")
        case "s":
            flow.text(" " * _number(event.attributes.get("c")))
        case "line-break":
            flow.text("\n")
        case "table-row":
            flow.begin_row()
        case "table-cell":
            flow.begin_cell()
        case "table" if event.attributes.get("name"):
            flow.begin_paragraph(1)
            flow.text(event.attributes["name"])


def _blocks(archive: Archive, sheets: bool) -> Iterator[Block | int]:
    """Blocks, and the number of each slide where it begins."""
    flow, slide = Flow(), 0
    for event in without(events(archive.chunks(_MAIN)), _SKIPPED):
        match event:
            case Text(text=text):
                flow.text(text.replace("\n", " "))
            case Start(name="page"):
                slide += 1
                yield slide
            case Start(name="table"):
                if sheets:
                    _start(flow, event)
                    yield from flow.end_paragraph()
            case Start():
                _start(flow, event)
            case End(name="p" | "h"):
                yield from flow.end_paragraph()
            case End(name="table-row"):
                yield from flow.end_row()


def parse_odf(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Headings and rows; a slide is a page; the name of a sheet is a heading. Raises ParseError."""
    with open_archive(source, limits) as archive:
        _check_password(archive)
        found = _blocks(archive, source.name.lower().endswith(".ods"))
        if source.name.lower().endswith(".odp"):
            yield from _slides(found)
        else:
            yield from paged(((made, 0) for made in found if not isinstance(made, int)), 0)


def _slides(found: Iterator[Block | int]) -> Iterator[Page]:
    held: list[Block] = []
    slide = 0
    for made in found:
        if isinstance(made, Block):
            held.append(made)
            continue
        if slide:
            yield Page(tuple(held), slide - 1, slide)
        held, slide = [], made
    if slide:
        yield Page(tuple(held), slide - 1, slide)
