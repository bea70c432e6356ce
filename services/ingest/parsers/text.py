"""Plain text: paragraphs are parted by empty lines."""

from collections.abc import Iterator

from services.ingest.decoding import detect, lines
from services.ingest.document import Block, Limits, Page, Source, block

_PAGE_CHARS = 32_768
_PARAGRAPH_CHARS = 16_384


def paragraphs(source: Source, encoding: str) -> Iterator[tuple[Block, int]]:
    """Blocks of consecutive non-empty lines, with bytes read so far. Very long ones are parted at a line end."""
    held: list[str] = []
    length, joiner, done = 0, "\n\n", 0

    def flush() -> Iterator[tuple[Block, int]]:
        made = block("\n".join(held), joiner=joiner)
        held.clear()
        if made:
            yield made, done

    for line, read in lines(source.file, encoding, _PARAGRAPH_CHARS):
        done = read
        blank = not line.strip()
        if blank or length > _PARAGRAPH_CHARS:
            yield from flush()
            joiner, length = ("\n\n" if blank else "\n"), 0
        if not blank:
            held.append(line)
            length += len(line)
    yield from flush()


def parse_text(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Text of any encoding `detect` knows; steps of about 32,000 characters."""
    return paged(paragraphs(source, detect(source.file)), source.size)


def paged(blocks: Iterator[tuple[Block, int]], total: int) -> Iterator[Page]:
    """Groups blocks of a format without pages into steps."""
    held: list[Block] = []
    length, done, step = 0, 0, 0
    for made, done in blocks:
        held.append(made)
        length += len(made.text)
        if length >= _PAGE_CHARS:
            yield Page(tuple(held), step, done=done, total=total)
            held, length, step = [], 0, step + 1
    if held:
        yield Page(tuple(held), step, done=done, total=total)
