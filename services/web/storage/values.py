"""Small conversions between Python and SQLite values."""

import array
import sys
from collections.abc import Iterable
from datetime import UTC, datetime


def now() -> str:
    """The present as ISO 8601 in UTC with milliseconds, sortable as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pack_tokens(tokens: Iterable[int]) -> bytes:
    """Token numbers as little-endian int32."""
    packed = array.array("i", tokens)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpack_tokens(blob: bytes) -> tuple[int, ...]:
    """Inverse of `pack_tokens`."""
    packed = array.array("i")
    packed.frombytes(blob)
    if sys.byteorder == "big":
        packed.byteswap()
    return tuple(packed)
