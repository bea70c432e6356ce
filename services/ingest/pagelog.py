"""Pages already read, on disk: a restart goes on behind them."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from services.ingest.document import Page

_LENGTH = struct.Struct(">I")
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Page)


def replay(file: BinaryIO) -> Iterator[Page]:
    """Whole pages of the log; a torn one at its end is cut off. The file then stands where the next page goes."""
    file.seek(0)
    good = 0
    while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
        (size,) = _LENGTH.unpack(head)
        body = file.read(size)
        if len(body) < size:
            break
        try:
            page = _decoder.decode(body)
        except msgspec.MsgspecError:
            break
        good = file.tell()
        yield page
    file.seek(good)
    file.truncate()


def append(file: BinaryIO, page: Page) -> None:
    """Add one page and hand it to the kernel."""
    body = _encode(page)
    file.write(_LENGTH.pack(len(body)) + body)
    file.flush()
