"""What passes between the ingest process and its parser child: length-prefixed msgpack over a socket pair."""

import struct

import msgspec

_LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 65_536
NO_SPOOL = "no_spool"
"""The `code` of a Failed that says nothing of the document: what was read of it could not be put down on our disk."""


class Job(msgspec.Struct, frozen=True, tag=True):
    """Read one document. Its file, the spool of pages and the body to fill come as descriptors beside this frame."""

    name: str
    size: int
    sha256: str
    parser_version: str
    chunk_tokens: int
    max_text_chars: int
    memory_bytes: int
    cpu_s: int


class Progress(msgspec.Struct, frozen=True, tag=True):
    """`done` of `total` pages or bytes are read."""

    done: int
    total: int


class Done(msgspec.Struct, frozen=True, tag=True):
    """The body holds the text and its passages, ready to be sent."""

    chunks: int
    chars: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The document cannot be read; `code` is stable, `message` is for people."""

    code: str
    message: str


class Unsupported(msgspec.Struct, frozen=True, tag=True):
    """Nothing in it is text that this box reads."""

    message: str


Outcome = Done | Failed | Unsupported
Report = Progress | Done | Failed | Unsupported

_encoder = msgspec.msgpack.Encoder()


def encode(message: Job | Report) -> bytes:
    """Length prefix and body."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body
