"""Who gets what in the next step. Pure decisions over numbers; the loop carries them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MIN_SLICE_TOKENS = 8
"""Reading in smaller slices costs more than it gives."""
MIN_ALONE_TOKENS = 32
"""The same while nobody receives tokens. On a busy box the fixed cost of a step swells; slices must not shrink with
it."""
REPEATABLE_TOKENS = 32
ALONE_STEP_S = 0.8
"""Longest reading step while nobody receives tokens: short enough for a stop button and a progress bar."""
DRAFT_STEP_S = 0.25
MIN_DRAFT_TOKENS = 16
"""Reading costs the same per token from about here on."""
STALL_SHARE = 0.85
"""How much of the allowed gap a step plans to use; measured speeds scatter."""
HEADROOM_TOKENS = 64
"""Cells an answer must be able to grow into before it begins."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in line. A `parked` one has been answering before and goes first; a draft goes last."""

    key: int
    user: str
    arrived: float
    draft: bool = False
    parked: bool = False


def order(waiting: Sequence[Waiting], active_users: Mapping[str, int]) -> list[int]:
    """Keys in the order of admission: parked ones, then users in turn (whoever has fewest answers under way), then
    drafts."""
    counts = dict(active_users)
    line = sorted(waiting, key=lambda entry: entry.arrived)
    out = [entry.key for entry in line if entry.parked and not entry.draft]
    fresh = [entry for entry in line if not entry.parked and not entry.draft]
    while fresh:
        chosen = min(fresh, key=lambda entry: (counts.get(entry.user, 0), entry.arrived))
        fresh.remove(chosen)
        counts[chosen.user] = counts.get(chosen.user, 0) + 1
        out.append(chosen.key)
    return out + [entry.key for entry in line if entry.draft]


def reading_s(step_s: float, max_stall_s: float) -> float:
    """Seconds of a step that go to reading while somebody receives tokens; without it the step takes `step_s`."""
    return max(max_stall_s * STALL_SHARE - step_s, step_s)


def reading_budget(
    *,
    decoding: int,
    step_s: float,
    prompt_tokens_per_s: float,
    max_stall_s: float,
    max_tokens: int,
    drafts: bool = False,
) -> int:
    """Prompt tokens for the next step.

    While somebody receives tokens, the step stays near `max_stall_s`, yet reading gets at least half of its time and
    never less than a slice; alone, it stays under a second. `drafts` are read in shorter steps: a question that
    comes meanwhile waits for the end of one.
    """
    if drafts:
        seconds, least = DRAFT_STEP_S, MIN_DRAFT_TOKENS
    elif decoding:
        seconds, least = reading_s(step_s, max_stall_s), MIN_SLICE_TOKENS
    else:
        seconds, least = ALONE_STEP_S, MIN_ALONE_TOKENS
    return max(min(int(seconds * prompt_tokens_per_s), max_tokens), min(least, max_tokens))


def repeatable_slice(start: int, last: int, count: int) -> int:
    """Tokens to read from `start` on when the same seed shall give the same text: sums differ in their last bits
    between batch shapes, so the shapes must not depend on measured speeds. Slices end at fixed places, and the last
    token, whose output is sampled, comes alone whether or not the tokens before it were cached."""
    if start >= last:
        return 1
    size = REPEATABLE_TOKENS if count >= REPEATABLE_TOKENS else MIN_SLICE_TOKENS
    return min((start // size + 1) * size, last) - start


@dataclass(frozen=True, slots=True)
class Reader:
    """A run with `unread` prompt tokens."""

    key: int
    user: str
    unread: int


def share_out(readers: Sequence[Reader], budget: int, turn: int) -> dict[int, int]:
    """Tokens of `budget` for each reader's key: equal by user, then equal among a user's readers; what one does not
    need goes to the others. Nobody gets a slice under the minimum: with too many readers they take turns (`turn`
    counts steps)."""
    if not readers or budget <= 0:
        return {}
    start = turn % len(readers)
    rotated = [*readers[start:], *readers[:start]]
    chosen = _spread_over_users(rotated)[: max(1, budget // MIN_SLICE_TOKENS)]
    users: dict[str, int] = {}
    for reader in chosen:
        users[reader.user] = users.get(reader.user, 0) + 1
    weights = {reader.key: 1.0 / users[reader.user] for reader in chosen}
    given = dict.fromkeys(weights, 0)
    left, open_readers = budget, list(chosen)
    while left > 0 and open_readers:
        total = sum(weights[reader.key] for reader in open_readers)
        round_budget = left
        for reader in list(open_readers):
            fair = max(1, int(round_budget * weights[reader.key] / total))
            amount = min(fair, reader.unread - given[reader.key], left)
            given[reader.key] += amount
            left -= amount
            if given[reader.key] == reader.unread:
                open_readers.remove(reader)
    return {key: amount for key, amount in given.items() if amount}


def _spread_over_users(readers: Sequence[Reader]) -> list[Reader]:
    """Each user's first reader, then each one's second, and so on."""
    seen: dict[str, int] = {}
    ranked = []
    for index, reader in enumerate(readers):
        seen[reader.user] = seen.get(reader.user, -1) + 1
        ranked.append((seen[reader.user], index, reader))
    return [reader for _, _, reader in sorted(ranked, key=lambda entry: entry[:2])]


class IngestShare:
    """Lets background embedding have a small share of the time while somebody chats, all of it otherwise."""

    def __init__(self, share: float = 0.06, most_s: float = 0.5) -> None:
        self._share = share
        self._most_s = most_s
        self._credit_s = 0.0

    def chat_step(self, seconds: float) -> None:
        """The chat used `seconds`."""
        self._credit_s = min(self._credit_s + seconds * self._share, self._most_s)

    def allows(self, cost_s: float) -> bool:
        """Whether background work of about `cost_s` may run now, beside a chat."""
        return self._credit_s >= min(cost_s, self._most_s)

    def spent(self, seconds: float) -> None:
        self._credit_s -= seconds
