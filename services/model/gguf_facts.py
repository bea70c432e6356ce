"""What a GGUF file holds, read from its header without the engine: settings of the network, tensors, whole length.

A file that the native loader would not survive is refused here. Format (GGML's docs/gguf.md): little-endian; `GGUF`,
u32 version, u64 tensors, u64 pairs; each pair a string key, u32 type and value; then per tensor a name, u32 dimensions,
u64 each, u32 type and u64 offset from the aligned start of the data. Strings are a u64 length and bytes.
"""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

MAGIC = b"GGUF"
MAX_STRING_BYTES = 16_000_000
MAX_COUNT = 50_000_000
MAX_DIMENSIONS = 4
_KEPT_ARRAY = 1024
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_BLOCKS = {
    # ggml type: (values, bytes) a block, from ggml-common.h
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2),
    26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18),
}  # fmt: skip

Scalar = int | float | bool | str
Value = Scalar | tuple[Scalar, ...]


class NotGguf(ValueError):
    """The file is no GGUF file, is damaged, or is cut off; the message says which."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """`offset` counts from the start of the tensor data, `size` is in bytes."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """`values` are single values and short arrays; `lengths` of all arrays. `whole_bytes` is the file's least size."""

    values: Mapping[str, Value]
    lengths: Mapping[str, int]
    tensors: tuple[Tensor, ...]
    data_start: int
    file_bytes: int

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    @property
    def name(self) -> str:
        return str(self.values.get("general.name", ""))

    @property
    def weight_bytes(self) -> int:
        return sum(tensor.size for tensor in self.tensors)

    @property
    def whole_bytes(self) -> int:
        return self.data_start + max((tensor.offset + tensor.size for tensor in self.tensors), default=0)

    @property
    def n_vocab(self) -> int:
        return self.lengths.get("tokenizer.ggml.tokens", 0)

    def number(self, key: str, default: int) -> int:
        """A whole number of the architecture, `key` without its prefix; of an array the largest."""
        value = self.values.get(f"{self.architecture}.{key}", default)
        numbers = value if isinstance(value, tuple) else (value,)
        return max((int(n) for n in numbers if isinstance(n, int | float)), default=default)

    def per_layer(self, key: str, default: int) -> list[int]:
        """A number for each layer: the same one, or as an array says."""
        layers = self.number("block_count", 0)
        value = self.values.get(f"{self.architecture}.{key}", default)
        if isinstance(value, tuple) and len(value) >= layers:
            return [int(n) for n in value[:layers]]
        return [self.number(key, default)] * layers


def read_facts(path: Path) -> GgufFacts:
    """Raises NotGguf when `path` is no whole GGUF file, OSError when it cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        facts = _Reader(file, size).facts()
    if facts.whole_bytes > size:
        raise NotGguf(f"cut off: {size} of {facts.whole_bytes} bytes")
    return facts


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def facts(self) -> GgufFacts:
        if self._file.read(4) != MAGIC:
            raise NotGguf("not a GGUF file")
        version, tensors, pairs = self._unpack("<IQQ")
        if version not in {2, 3}:
            raise NotGguf(f"GGUF version {version} is not known here")
        self._bound(max(tensors, pairs))
        values: dict[str, Value] = {}
        lengths: dict[str, int] = {}
        for _ in range(pairs):
            key = self._string()
            (kind,) = self._unpack("<I")
            self._pair(key, kind, values, lengths)
        found = tuple(self._tensor() for _ in range(tensors))
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= 1 << 20:
            raise NotGguf("its header is damaged: impossible alignment")
        start = -(-self._file.tell() // alignment) * alignment
        return GgufFacts(values, lengths, found, start, self._size)

    def _pair(self, key: str, kind: int, values: dict[str, Value], lengths: dict[str, int]) -> None:
        if kind == _ARRAY:
            item, count = self._unpack("<IQ")
            self._bound(count)
            lengths[key] = count
            kept = self._array(item, count)
            if kept is not None:
                values[key] = kept
        elif kind == _STRING:
            values[key] = self._string()
        elif kind in _SCALARS:
            values[key] = self._scalars(kind, 1)[0]
        else:
            raise NotGguf(f"its header is damaged: value of kind {kind}")

    def _array(self, kind: int, count: int) -> tuple[Scalar, ...] | None:
        if kind == _STRING:
            for _ in range(count):
                self._skip(self._length())
            return None
        if kind not in _SCALARS:
            raise NotGguf(f"its header is damaged: array of kind {kind}")
        if count <= _KEPT_ARRAY:
            return self._scalars(kind, count)
        self._skip(struct.calcsize(f"<{_SCALARS[kind]}") * count)
        return None

    def _tensor(self) -> Tensor:
        name = self._string()
        (dimensions,) = self._unpack("<I")
        if not 0 < dimensions <= MAX_DIMENSIONS:
            raise NotGguf(f"its header is damaged: {dimensions} dimensions")
        *shape, kind, offset = self._unpack(f"<{dimensions}QIQ")
        if kind not in _BLOCKS:
            raise NotGguf(f"tensor {name} is of a kind ({kind}) this version does not know")
        count = 1
        for length in shape:
            count *= length
        block, size = _BLOCKS[kind]
        if not count or shape[0] % block or max(count, offset) > 1 << 50:
            raise NotGguf(f"its header is damaged: impossible shape of {name}")
        return Tensor(name, tuple(shape), kind, offset, count // block * size)

    def _scalars(self, kind: int, count: int) -> tuple[Scalar, ...]:
        return cast(tuple[Scalar, ...], self._read(f"<{count}{_SCALARS[kind]}"))

    def _unpack(self, layout: str) -> tuple[int, ...]:
        return cast(tuple[int, ...], self._read(layout))

    def _read(self, layout: str) -> tuple[object, ...]:
        size = struct.calcsize(layout)
        data = self._file.read(size)
        if len(data) < size:
            raise NotGguf("cut off within its header")
        return struct.unpack(layout, data)

    def _length(self) -> int:
        (length,) = self._unpack("<Q")
        if length > MAX_STRING_BYTES:
            raise NotGguf("its header is damaged: a text of impossible length")
        return length

    def _string(self) -> str:
        length = self._length()
        data = self._file.read(length)
        if len(data) < length:
            raise NotGguf("cut off within its header")
        return data.decode(errors="replace")

    def _skip(self, size: int) -> None:
        self._file.seek(size, os.SEEK_CUR)
        if self._file.tell() > self._size:
            raise NotGguf("cut off within its header")

    def _bound(self, count: int) -> None:
        if count > MAX_COUNT:
            raise NotGguf("its header is damaged: an impossible count")
