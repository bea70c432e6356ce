"""Vectors as BLOBs of little-endian float32. Pure, without numpy: the web process stays small."""

import array
import operator
import sys
from collections.abc import Sequence


def unpack(blob: bytes) -> "array.array[float]":
    """The numbers of a BLOB."""
    values = array.array("f")
    values.frombytes(blob)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def pack(values: Sequence[float]) -> bytes:
    """Inverse of `unpack`."""
    packed = array.array("f", values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """The cosine of two vectors of length 1."""
    return float(sum(map(operator.mul, a, b)))
