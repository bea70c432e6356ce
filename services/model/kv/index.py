"""Which blocks are kept, what they take, and which must go first. Pure.

A block is found behind its parent, so a prompt's longest kept beginning is a walk from the root. Using a block counts
for all before it; so the one unused longest never has a child that is used more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.model.kv.blocks import BLOCK_TOKENS, Block, link
from services.model.prefix import common_prefix


@dataclass(slots=True, eq=False)
class Entry:
    """A kept block of `size` bytes; `used` is when it last served."""

    block: Block
    size: int
    used: float


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry whose tokens agree with a prompt up to position `end`."""

    entry: Entry
    end: int


class BlockIndex:
    """Entries by parent. `size` is all of them in bytes."""

    def __init__(self) -> None:
        self._children: dict[bytes, list[Entry]] = {}
        self.size = 0
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entries in self._children.values() for entry in entries)

    def __contains__(self, entry: Entry) -> bool:
        return entry in self._children.get(entry.block.parent, ())

    def add(self, entry: Entry) -> None:
        self._children.setdefault(entry.block.parent, []).append(entry)
        self.size += entry.size
        self.count += 1

    def remove(self, entry: Entry) -> bool:
        """False when it is gone already."""
        siblings = self._children.get(entry.block.parent, [])
        if entry not in siblings:
            return False
        siblings.remove(entry)
        if not siblings:
            del self._children[entry.block.parent]
        self.size -= entry.size
        self.count -= 1
        return True

    def walk(self, start: bytes, tokens: Sequence[int]) -> list[Hit]:
        """The longest kept beginning of `tokens`, block by block from the root `start`."""
        hits: list[Hit] = []
        parent = start
        for at in range(0, len(tokens), BLOCK_TOKENS):
            wanted = tuple(tokens[at : at + BLOCK_TOKENS])
            best = self._best(parent, wanted)
            if best is None:
                break
            shared = common_prefix(best.block.tokens, wanted)
            if not shared:
                break
            hits.append(Hit(best, at + shared))
            if shared < BLOCK_TOKENS:
                break
            parent = link(parent, wanted)
        return hits

    def _best(self, parent: bytes, wanted: tuple[int, ...]) -> Entry | None:
        siblings = self._children.get(parent, ())
        return max(siblings, key=lambda entry: common_prefix(entry.block.tokens, wanted), default=None)

    def siblings(self, block: Block) -> Sequence[Entry]:
        """Kept blocks behind the same beginning."""
        return self._children.get(block.parent, ())

    def superseded(self, block: Block) -> list[Entry]:
        """Kept blocks of which `block` is the same beginning, grown."""
        lengths = [(len(entry.block.tokens), entry) for entry in self.siblings(block)]
        return [e for n, e in lengths if n < len(block.tokens) and e.block.tokens == block.tokens[:n]]

    def unused_longest(self) -> Entry | None:
        """The first to go; of a chain used at one time, its end."""
        return min(self, key=lambda entry: (entry.used, -entry.block.start), default=None)
