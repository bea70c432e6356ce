"""Electronic books (EPUB 2 and 3): the chapters of the spine, in order."""

import codecs
import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from services.ingest.archive import Archive, open_archive
from services.ingest.document import Block, Limits, Page, ParseError, Source
from services.ingest.parsers.html import html_blocks
from services.ingest.xmlstream import Start, events

_CONTAINER = "META-INF/container.xml"
_TYPES = {"application/xhtml+xml", "text/html"}


def _spine(archive: Archive) -> list[str]:
    """Parts of the chapters in reading order."""
    if _CONTAINER not in archive:
        raise ParseError("broken", "this is no electronic book")
    roots = [
        event.attributes.get("full-path", "")
        for event in events(archive.chunks(_CONTAINER))
        if isinstance(event, Start) and event.name == "rootfile"
    ]
    if not roots or roots[0] not in archive:
        raise ParseError("broken", "the book has no table of its parts")
    items: dict[str, str] = {}
    order: list[str] = []
    for event in events(archive.chunks(roots[0])):
        if not isinstance(event, Start):
            continue
        attributes = event.attributes
        if event.name == "item" and attributes.get("media-type") in _TYPES:
            items[attributes.get("id", "")] = unquote(attributes.get("href", ""))
        elif event.name == "itemref":
            order.append(attributes.get("idref", ""))
    folder = posixpath.dirname(roots[0])
    parts = [posixpath.normpath(posixpath.join(folder, items[known])) for known in order if known in items]
    return [part for part in parts if part in archive]


def _chapter(archive: Archive, part: str) -> Iterator[Block]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    texts = ((decoder.decode(data), 0) for data in archive.chunks(part))
    return (made for made, _ in html_blocks(texts))


def parse_epub(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """One step a chapter; books have no page numbers. Raises ParseError."""
    with open_archive(source, limits) as archive:
        parts = _spine(archive)
        for step, part in enumerate(parts):
            if step >= skip:
                yield Page(tuple(_chapter(archive, part)), step, done=step + 1, total=len(parts))
