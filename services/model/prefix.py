"""Which sequence in memory already begins like a prompt. Pure decisions over token lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

MIN_SHARED_TOKENS = 4
"""Below this a fork is not worth a sequence of its own."""


@dataclass(frozen=True, slots=True)
class Resident:
    """A sequence in memory as the decisions see it."""

    seq: int
    cache_key: str
    tokens: Sequence[int]
    busy: bool
    last_used: float


@dataclass(frozen=True, slots=True)
class Choice:
    """How a prompt gets its sequence: `take` an idle one over (cut to `length`), `fork` one, or begin a `new` one."""

    how: Literal["take", "fork", "new"]
    source: int = -1
    length: int = 0


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """Length of the longest common beginning. Both must be lists (or both tuples): slices are compared in C."""
    high = min(len(left), len(right))
    if left[:high] == right[:high]:
        return high
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low


def choose(
    residents: Iterable[Resident], tokens: Sequence[int], cache_key: str, *, partial: bool = True, fork: bool = True
) -> Choice:
    """The cheapest beginning for `tokens`, of which the last one is always computed anew (its logits are needed).

    A chat's own idle sequence is taken over; another chat's is forked, so that both stay warm. Without `partial`, only
    sequences that are a beginning of the prompt as a whole count; without `fork`, only idle ones.
    """
    wanted = tokens[: len(tokens) - 1]
    best = Choice("new")
    for resident in residents:
        shared = common_prefix(resident.tokens, wanted)
        if not partial and shared < len(resident.tokens):
            continue
        own = resident.cache_key == cache_key and not resident.busy
        if not own and (shared < MIN_SHARED_TOKENS or (not fork and resident.busy)):
            continue
        if shared > best.length or (own and shared == best.length and shared > 0):
            best = Choice("take" if own or not fork else "fork", resident.seq, shared)
    return best


def oldest_idle(residents: Iterable[Resident], keep: Iterable[int] = ()) -> list[int]:
    """Idle sequences, longest unused first, without those in `keep`."""
    kept = set(keep)
    idle = [resident for resident in residents if not resident.busy and resident.seq not in kept]
    return [resident.seq for resident in sorted(idle, key=lambda resident: resident.last_used)]
