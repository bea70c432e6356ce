"""What a GGUF file says of itself, read from its first bytes without the engine.

Format: little-endian; `GGUF`, u32 version, u64 tensors, u64 pairs; each pair a string key, u32 type and value; then per
tensor a name, u32 dimensions, u64 each, u32 type, u64 offset from the aligned start of the data (GGML's docs/gguf.md).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_ALIGNMENT = 32
_MAX_STRING_BYTES = 16_000_000
_MAX_COUNT = 50_000_000
# They read text but do not answer: embedders, encoders, and the eyes of multimodal models.
NOT_CHAT = {
    "bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "eurobert",
    "gemma-embedding", "t5encoder", "clip",
}  # fmt: skip


class NotGguf(ValueError):
    """The file is no GGUF file, or is cut off; the message says which."""


@dataclass(frozen=True, slots=True)
class Header:
    """`name` is the file's own name for the model, or empty. `last_tensor_at` is the byte its last tensor starts at."""

    architecture: str
    name: str
    last_tensor_at: int


def read_header(path: Path) -> Header:
    """Raises NotGguf when the file is none or ends before its last tensor, OSError when it cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            header = _read(file)
        except struct.error:
            raise NotGguf("cut off within its header") from None
    if size <= header.last_tensor_at:
        raise NotGguf(f"cut off: {size} bytes, but its last tensor starts at {header.last_tensor_at}")
    return header


def _read(file: BinaryIO) -> Header:
    if file.read(4) != MAGIC:
        raise NotGguf("not a GGUF file")
    version, tensors, pairs = _unpack(file, "<IQQ")
    if version not in {2, 3}:
        raise NotGguf(f"GGUF version {version} is not known here")
    if tensors > _MAX_COUNT or pairs > _MAX_COUNT:
        raise NotGguf("its header is damaged")
    texts = {"general.architecture": "", "general.name": ""}
    alignment = _ALIGNMENT
    for _ in range(pairs):
        key = _string(file)
        (kind,) = _unpack(file, "<I")
        if key in texts and kind == _STRING:
            texts[key] = _string(file)
        elif key == "general.alignment" and _WIDTHS.get(kind) == 4:
            (alignment,) = _unpack(file, "<I")
        else:
            _skip(file, kind)
    last = _last_offset(file, tensors)
    start = -(-file.tell() // max(alignment, 1)) * alignment
    return Header(texts["general.architecture"], texts["general.name"], start + last)


def _last_offset(file: BinaryIO, tensors: int) -> int:
    last = 0
    for _ in range(tensors):
        _string(file)
        (dimensions,) = _unpack(file, "<I")
        if dimensions > 8:
            raise NotGguf("its header is damaged")
        *_, offset = _unpack(file, f"<{dimensions}QIQ")
        last = max(last, offset)
    return last


def _unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _length(file: BinaryIO) -> int:
    (length,) = _unpack(file, "<Q")
    if length > _MAX_STRING_BYTES:
        raise NotGguf("its header is damaged")
    return length


def _string(file: BinaryIO) -> str:
    length = _length(file)
    data = file.read(length)
    if len(data) < length:
        raise NotGguf("cut off within its header")
    return data.decode(errors="replace")


def _skip(file: BinaryIO, kind: int) -> None:
    if kind in _WIDTHS:
        file.seek(_WIDTHS[kind], 1)
    elif kind == _STRING:
        file.seek(_length(file), 1)
    elif kind == _ARRAY:
        _skip_array(file)
    else:
        raise NotGguf("its header is damaged")


def _skip_array(file: BinaryIO) -> None:
    kind, count = _unpack(file, "<IQ")
    if count > _MAX_COUNT:
        raise NotGguf("its header is damaged")
    if kind in _WIDTHS:
        file.seek(_WIDTHS[kind] * count, 1)
    elif kind == _STRING:
        for _ in range(count):
            file.seek(_length(file), 1)
    else:
        raise NotGguf("its header is damaged")
