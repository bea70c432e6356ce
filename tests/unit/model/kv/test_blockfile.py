"""The file format finds every damage before anybody uses a byte."""

import zlib

import pytest

from services.model.kv.blockfile import MAX_HEADER_BYTES, Damaged, Header, check_payload, pack, unpack
from services.model.kv.blocks import Block, blocks_of, root

PAYLOAD = bytes(range(256)) * 40
BLOCK = list(blocks_of(root("m"), list(range(200))))[1]
HEADER = Header(root("m"), BLOCK, len(PAYLOAD), zlib.crc32(PAYLOAD))
FILE = pack(HEADER) + PAYLOAD


def read(data: bytes) -> Header:
    header = unpack(data[:MAX_HEADER_BYTES], len(data))
    check_payload(header, data[header.length :])
    return header


def test_what_was_packed_is_unpacked() -> None:
    assert read(FILE) == HEADER
    assert HEADER.file_bytes == len(FILE)
    full = Header(root("m"), Block(root("m"), 0, tuple(range(128))), 1, zlib.crc32(b"x"))
    assert len(pack(full)) == MAX_HEADER_BYTES
    assert read(pack(full) + b"x") == full


@pytest.mark.parametrize("place", [*range(HEADER.length), HEADER.length, len(FILE) // 2, len(FILE) - 1])
def test_a_flipped_bit_anywhere_is_found(place: int) -> None:
    damaged = bytearray(FILE)
    damaged[place] ^= 1 << place % 8
    with pytest.raises(Damaged):
        read(bytes(damaged))


@pytest.mark.parametrize("length", [0, 1, 8, 40, 59, 60, HEADER.length - 1, HEADER.length, len(FILE) - 1])
def test_a_cut_file_is_found(length: int) -> None:
    with pytest.raises(Damaged):
        read(FILE[:length])


@pytest.mark.parametrize("data", [FILE + b"\0", b"\0" * 10_000, b"GGUF" + FILE, b"\xff" * 3000])
def test_something_else_is_found(data: bytes) -> None:
    with pytest.raises(Damaged):
        read(data)
