"""A prefix as a chain of blocks, each named by everything before it. Pure.

Blocks lie on a fixed grid of 128 tokens, so that chats that begin alike share them, a chat that grows writes only its
end again, and no single copy is large. Block names are chained hashes, as in vLLM's automatic prefix caching.
"""

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BLOCK_TOKENS = 128
"""16.8 MB of a Mistral 7B's f16 keys and values, 2.9 MB of the demonstration model's."""
MIN_TOKENS = 16
"""Fewer new tokens are read again sooner than a file for them pays."""
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Block:
    """`tokens` at positions from `start` on, behind the blocks that `parent` names."""

    parent: bytes
    start: int
    tokens: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.tokens)

    @property
    def full(self) -> bool:
        return len(self.tokens) == BLOCK_TOKENS

    @property
    def digest(self) -> bytes:
        """The name of this block with all before it."""
        return link(self.parent, self.tokens)


def root(key: str) -> bytes:
    """The parent of every first block that belongs to `key` (model, build, kind of cache)."""
    return hashlib.blake2b(key.encode(), digest_size=DIGEST_BYTES).digest()


def link(parent: bytes, tokens: Sequence[int]) -> bytes:
    return hashlib.blake2b(parent + array("i", tokens).tobytes(), digest_size=DIGEST_BYTES).digest()


def blocks_of(start: bytes, tokens: Sequence[int]) -> Iterator[Block]:
    """`tokens` as blocks, the last one perhaps not full. `start` is the root."""
    parent = start
    for at in range(0, len(tokens), BLOCK_TOKENS):
        block = Block(parent, at, tuple(tokens[at : at + BLOCK_TOKENS]))
        yield block
        parent = block.digest
