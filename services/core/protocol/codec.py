"""Framing without I/O: u32 big-endian length, then one msgpack map. Bytes in, frames out."""

import struct
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

from services.core.errors import ProtocolError
from services.core.protocol.frames import Answer, Frame, Request

MAX_FRAME_BYTES = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()
T = TypeVar("T")


def encode(frame: Frame) -> bytes:
    """Length prefix and body of one frame."""
    body = _encoder.encode(frame)
    return _LENGTH.pack(len(body)) + body


class FrameDecoder(Generic[T]):
    """Collects bytes and yields whole frames of the union it was made for."""

    def __init__(self, union: Any, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(union)
        self._buffer = bytearray()
        self._max = max_frame_bytes

    def feed(self, data: bytes) -> Iterator[T | ProtocolError]:
        """Yield every frame that `data` completes. A whole frame with a malformed body yields a ProtocolError and the
        stream goes on behind it.

        Raises ProtocolError for a length above the limit: the stream cannot be trusted any more, close it.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._buffer)
            if size > self._max:
                raise ProtocolError(
                    f"frame of {size} bytes; at most {self._max} are allowed", size=size, limit=self._max
                )
            end = _LENGTH.size + size
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            try:
                yield self._decoder.decode(body)
            except msgspec.MsgspecError as error:
                yield ProtocolError(f"malformed frame: {error}")


def request_decoder() -> FrameDecoder[Request]:
    """For the model's side."""
    return FrameDecoder(Request)


def answer_decoder() -> FrameDecoder[Answer]:
    """For the caller's side."""
    return FrameDecoder(Answer)
