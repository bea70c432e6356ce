"""Reads bytes as the worker would, without a process."""

import io

from services.ingest.document import Limits, Page, Source
from services.ingest.registry import parse


def pages(name: str, data: bytes, skip: int = 0, **limits: int) -> list[Page]:
    """Pages of a file of this name and content, the first `skip` steps left out where the format can jump."""
    source = Source(io.BytesIO(data), name, len(data))
    return list(parse(source, Limits(**{"max_text_chars": 1_000_000, **limits}), skip))


def text(name: str, data: bytes | str) -> str:
    """The whole text."""
    data = data.encode() if isinstance(data, str) else data
    blocks = [block for page in pages(name, data) for block in page.blocks]
    return "".join((block.joiner if index else "") + block.text for index, block in enumerate(blocks))
