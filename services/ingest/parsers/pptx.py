"""Slides (ECMA-376 part 1, PresentationML): one page a slide, its notes behind it."""

import posixpath
from collections.abc import Iterator

from services.ingest.archive import Archive, open_archive
from services.ingest.document import Block, Limits, Page, ParseError, Source
from services.ingest.flow import Flow
from services.ingest.xmlstream import End, Start, Text, events, without

_MAIN = "ppt/presentation.xml"
_SKIPPED = frozenset({"Fallback", "fld"})  # a field is the slide's number or date
_TITLES = {"title", "ctrTitle"}


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Kind and target part of the relations of `part`, by id."""
    folder, name = posixpath.split(part)
    listed = f"{folder}/_rels/{name}.rels"
    if listed not in archive:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for event in events(archive.chunks(listed)):
        if isinstance(event, Start) and event.name == "Relationship":
            attributes = event.attributes
            target = posixpath.normpath(posixpath.join("/" + folder, attributes.get("Target", ""))).lstrip("/")
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], target)
    return found


def _slides(archive: Archive) -> list[str]:
    """Parts of the slides in the order in which they are shown."""
    if _MAIN not in archive:
        raise ParseError("broken", "this is no presentation")
    relations = _relations(archive, _MAIN)
    ids = [
        event.attributes.get("r:id", "")
        for event in events(archive.chunks(_MAIN))
        if isinstance(event, Start) and event.name == "sldId"
    ]
    return [relations[known][1] for known in ids if known in relations and relations[known][1] in archive]


def _part(archive: Archive, name: str) -> Iterator[Block]:
    flow, in_text, level = Flow(), False, 0
    for event in without(events(archive.chunks(name)), _SKIPPED):
        match event:
            case Start(name="sp"):
                level = 0
            case Start(name="ph", attributes=attributes):
                level = 1 if attributes.get("type") in _TITLES else 0
            case Start(name="p"):
                flow.begin_paragraph(level)
            case Start(name="tr"):
                flow.begin_row()
            case Start(name="tc"):
                flow.begin_cell()
            case Start(name="br"):
                flow.text("\n")
            case Start(name="t"):
                in_text = True
            case End(name="t"):
                in_text = False
            case Text(text=text) if in_text:
                flow.text(text)
            case End(name="p"):
                yield from flow.end_paragraph()
            case End(name="tr"):
                yield from flow.end_row()


def _slide(archive: Archive, part: str) -> Iterator[Block]:
    yield from _part(archive, part)
    for kind, target in _relations(archive, part).values():
        if kind == "notesSlide" and target in archive:
            yield from _part(archive, target)


def parse_pptx(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Titles are headings. Raises ParseError."""
    with open_archive(source, limits) as archive:
        slides = _slides(archive)
        for step, part in enumerate(slides):
            if step >= skip:
                yield Page(tuple(_slide(archive, part)), step, step + 1, step + 1, len(slides))
