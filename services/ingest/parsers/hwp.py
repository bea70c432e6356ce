"""Hangul documents of the binary format 5.0, in an OLE container read by olefile.

Record layout: Hancom's published file format 5.0, chapters 3 (streams) and 4.3 (body text).
"""

import re
import struct
import zlib
from collections.abc import Iterator

from olefile import OleFileIO  # type: ignore[import-untyped]

from services.ingest.document import Block, Limits, Page, ParseError, Source, block
from services.ingest.parsers.text import paged

_SIGNATURE = b"HWP Document File"
_COMPRESSED, _PASSWORD, _DISTRIBUTED = 0x1, 0x2, 0x4
_PARA_TEXT = 0x43
_SECTION = re.compile(r"Section(\d+)$")
_PLAIN_CONTROLS = frozenset({0, 10, 13, *range(24, 32)})  # one code unit; every other below 32 takes eight
_READ_BYTES = 65_536
_HEADER = struct.Struct("<I")


def _unpacked(container: OleFileIO, path: list[str], compressed: bool, limits: Limits) -> Iterator[bytes]:
    stream = container.openstream(path)
    inflate = zlib.decompressobj(-15) if compressed else None
    total = 0
    while data := stream.read(_READ_BYTES):
        while data:
            piece = inflate.decompress(data, _READ_BYTES * 16) if inflate else data
            data = inflate.unconsumed_tail if inflate else b""
            total += len(piece)
            if total > limits.max_unpacked_bytes:
                raise ParseError("zip_bomb", f"it unpacks to more than {limits.max_unpacked_bytes} bytes")
            yield piece


def _records(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Tag and body of each record: 10 bits tag, 10 level, 12 size; a size of 4095 means that it follows."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= 4:
            (head,) = _HEADER.unpack_from(held)
            size, begin = head >> 20, 4
            if size == 0xFFF:
                if len(held) < 8:
                    break
                (size,), begin = _HEADER.unpack_from(held, 4), 8
            if size > 64_000_000:
                raise ParseError("broken", "the document is damaged: a record is too long")
            if len(held) < begin + size:
                break
            yield head & 0x3FF, bytes(held[begin : begin + size])
            del held[: begin + size]


def paragraph_text(body: bytes) -> str:
    """Text of a paragraph record: UTF-16LE with control characters, of which most carry 14 bytes behind them."""
    units = struct.unpack(f"<{len(body) // 2}H", body[: len(body) // 2 * 2])
    out, index = bytearray(), 0
    while index < len(units):
        unit = units[index]
        if unit >= 32 or unit in (9, 10):
            out += struct.pack("<H", unit)
        index += 1 if unit >= 32 or unit in _PLAIN_CONTROLS else 8
    return out.decode("utf-16-le", "ignore")


def _open(source: Source) -> OleFileIO:
    source.file.seek(0)
    try:
        return OleFileIO(source.file)
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise ParseError("broken", f"the document is damaged: {error}") from None


def _blocks(source: Source, limits: Limits) -> Iterator[tuple[Block, int]]:
    with _open(source) as container:
        header = container.openstream("FileHeader").read(40) if container.exists("FileHeader") else b""
        if not header.startswith(_SIGNATURE) or len(header) < 40:
            raise ParseError("broken", "this is no Hangul document of format 5.0")
        (flags,) = _HEADER.unpack_from(header, 36)
        if flags & (_PASSWORD | _DISTRIBUTED):
            raise ParseError("password", "the file is protected by a password or made for distribution only")
        paths = [path for path in container.listdir() if path[0] == "BodyText" and _SECTION.match(path[-1])]
        for path in sorted(paths, key=lambda path: int(path[-1].removeprefix("Section"))):
            for tag, body in _records(_unpacked(container, path, bool(flags & _COMPRESSED), limits)):
                made = block(paragraph_text(body)) if tag == _PARA_TEXT else None
                if made:
                    yield made, 0


def parse_hwp(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Paragraphs in document order, those of tables included. Raises ParseError."""
    return paged(_blocks(source, limits), 0)
