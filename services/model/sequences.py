"""The sequences in the engine's pool: who holds which, what they contain, and who must go when there is no room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.model.engine.base import Engine
from services.model.kv.blocks import MIN_TOKENS
from services.model.kv.keeper import Keeper
from services.model.kv.store import Loaded
from services.model.ledger import CellLedger
from services.model.prefix import Choice, Resident, choose, oldest_idle

EVICT_TOKENS = 256
"""An idle sequence loses at least this much of its end at a time."""


@dataclass(slots=True)
class _Held:
    seq: int
    cache_key: str
    busy: bool
    last_used: float
    tokens: list[int] = field(default_factory=list)
    saved: int = 0
    """Behind so many tokens there may be something to copy out."""
    kept_until: float = 0.0
    unsent_from: int | None = None
    """What is only being typed begins here; it never leaves the memory."""

    @property
    def keepable(self) -> list[int]:
        """Tokens that may be kept on disk."""
        return self.tokens[: self.unsent_from]


@dataclass(frozen=True, slots=True)
class Place:
    """A sequence for a run; `cached` tokens of its prompt are in it already."""

    seq: int
    cached: int


class Sequences:
    """Every change goes to the engine and to the ledger together."""

    def __init__(self, engine: Engine, clock: Callable[[], float], keeper: Keeper) -> None:
        self._engine = engine
        self._clock = clock
        self._keeper = keeper
        self._ledger = CellLedger(engine.facts.n_ctx)
        self._held: dict[int, _Held] = {}

    @property
    def used(self) -> int:
        """Occupied cells of the pool."""
        return self._ledger.used

    @property
    def resident(self) -> int:
        """Idle sequences that keep a chat warm."""
        return sum(1 for held in self._held.values() if not held.busy)

    def held(self) -> list[tuple[int, bool]]:
        """(tokens, whether a run is at work on it) of each sequence, the last used first."""
        newest = sorted(self._held.values(), key=lambda held: -held.last_used)
        return [(len(held.tokens), held.busy) for held in newest]

    def length(self, seq: int) -> int:
        return self._ledger.length(seq)

    def place(self, tokens: Sequence[int], cache_key: str, *, pending: int, headroom: int) -> Place | None:
        """A sequence for `tokens` (a list) and what it holds of them, or None when the pool has no room now.

        `pending` counts the cells that runs under way have yet to fill. With nothing under way there always is room.
        """
        can = self._engine.capabilities
        choice = choose(self._residents(), tokens, cache_key, partial=can.partial_reuse, fork=can.fork)
        busy = [(held.seq, len(held.tokens)) for held in self._held.values() if held.busy]
        kept = self._ledger.held([*busy, (choice.source, choice.length)])
        needed = kept + pending + len(tokens) - choice.length + headroom
        if busy and needed > self._ledger.capacity:
            return None
        place = self._open(choice, cache_key)
        self._trim_idle()
        return place

    def known(self, tokens: Sequence[int], cache_key: str) -> int:
        """How many of `tokens` a run would find read if it were placed now."""
        can = self._engine.capabilities
        return choose(self._residents(), tokens, cache_key, partial=can.partial_reuse, fork=can.fork).length

    def restore(self, seq: int, blocks: Sequence[Loaded]) -> int:
        """Put kept blocks behind what the sequence holds, as far as they follow and fit; returns its length."""
        held = self._held[seq]
        for loaded in blocks:
            block, have = loaded.block, len(held.tokens)
            if loaded.end <= have:
                continue
            if block.start > have or not self.make_room(len(block.tokens)):
                break
            wanted = (have, loaded.end)
            if not self._engine.restore(seq, loaded.payload, (block.start, block.end), wanted):
                break
            self.grow(seq, block.tokens[have - block.start : loaded.end - block.start])
            held.saved = len(held.tokens)
        return len(held.tokens)

    def grow(self, seq: int, tokens: Sequence[int]) -> None:
        """The engine computed `tokens` behind the sequence's end."""
        held = self._held[seq]
        held.tokens.extend(tokens)
        held.last_used = self._clock()
        self._ledger.append(seq, len(tokens))

    def release(self, seq: int) -> None:
        """Its run is over: keep it warm until its room is needed."""
        held = self._held[seq]
        held.busy = False
        held.last_used = self._clock()
        if not held.tokens:
            self._drop(seq)

    def hold_back(self, seq: int, unsent_from: int | None) -> None:
        """What the sequence holds from there on is not to be kept on disk: nobody has sent it. None: all of it may."""
        self._held[seq].unsent_from = unsent_from

    def keep(self, seq: int, seconds: float) -> None:
        """Somebody will be back for this idle sequence soon: of all that are idle it goes last."""
        if seq in self._held:
            self._held[seq].kept_until = self._clock() + seconds

    def save_one(self, idle_before: float) -> float | None:
        """Copy out a block of a sequence that has been idle since `idle_before`, the last used one first; returns
        when the next one will be due (of the clock), None when there is none."""
        idle = [held for held in self._held.values() if not held.busy and len(held.keepable) - held.saved >= MIN_TOKENS]
        for held in sorted(idle, key=lambda held: -held.last_used):
            if held.last_used > idle_before:
                continue
            before = held.saved
            held.saved = self._keeper.save(held.seq, held.keepable, before, most_blocks=1)
            if held.saved > before:
                return 0.0
        return min((held.last_used for held in idle if held.last_used > idle_before), default=None)

    def save_all(self, deadline: float) -> None:
        """Copy out everything, the last used first, until the monotonic clock shows `deadline`."""
        for held in sorted(self._held.values(), key=lambda held: -held.last_used):
            while held.saved < len(held.keepable) and self._keeper.wait_for_room(deadline):
                before = held.saved
                held.saved = self._keeper.save(held.seq, held.keepable, before, most_blocks=1)
                if held.saved == before:
                    break

    def make_room(self, cells: int) -> bool:
        """Take from idle sequences, longest unused first, until `cells` are free."""
        for seq in oldest_idle(self._residents()) if self._ledger.free < cells else ():
            self._save(self._held[seq])
            while self._ledger.free < cells and seq in self._held:
                length = self._ledger.length(seq)
                self._shorten(seq, max(0, length - max(cells - self._ledger.free, EVICT_TOKENS)))
            if self._ledger.free >= cells:
                break
        return self._ledger.free >= cells

    def _trim_idle(self) -> None:
        """Drop idle sequences, longest unused first, that would slow every step of the runs under way too much.

        For a run that is alone all of them go at once: holes between its cells would change the order of sums, and with
        it what the same seed says.
        """
        most = self._engine.facts.idle_cells
        busy = [(held.seq, len(held.tokens)) for held in self._held.values() if held.busy]
        if not most or self._ledger.used - self._ledger.held(busy) <= most:
            return
        now = self._clock()
        for seq in oldest_idle(self._residents()):
            if len(busy) > 1 and self._ledger.used - self._ledger.held(busy) <= most:
                break
            if self._held[seq].kept_until <= now:
                self._evict(seq)

    def forget_idle(self) -> None:
        """Drop every idle sequence."""
        for seq in oldest_idle(self._residents()):
            self._evict(seq)

    def forget_all(self) -> None:
        """Drop everything, whoever holds it."""
        for seq in list(self._held):
            self._drop(seq)

    def _residents(self) -> list[Resident]:
        return [
            Resident(h.seq, h.cache_key, h.tokens, h.busy, max(h.last_used, h.kept_until)) for h in self._held.values()
        ]

    def _open(self, choice: Choice, cache_key: str) -> Place:
        if choice.how == "take":
            return self._take(choice, cache_key)
        seq = self._free_seq(choice.source)
        if seq is None:
            return self._take(choice, cache_key)
        held = self._held[seq] = _Held(seq, cache_key, busy=True, last_used=self._clock())
        if choice.how == "fork":
            self._engine.fork(choice.source, seq, choice.length)
            self._ledger.fork(choice.source, seq, choice.length)
            held.tokens = self._held[choice.source].tokens[: choice.length]
        return Place(seq, choice.length)

    def _take(self, choice: Choice, cache_key: str) -> Place:
        held = self._held[choice.source]
        held.busy, held.cache_key, held.last_used = True, cache_key, self._clock()
        self._shorten(choice.source, choice.length, keep=True)
        return Place(choice.source, len(held.tokens))

    def _free_seq(self, source: int) -> int | None:
        """An unused sequence number; the longest unused idle one goes for it. None when only `source` is idle."""
        for seq in range(self._engine.facts.n_seq_max):
            if seq not in self._held:
                return seq
        idle = oldest_idle(self._residents(), keep=(source,))
        if not idle:
            return None
        self._evict(idle[0])
        return idle[0]

    def _shorten(self, seq: int, length: int, *, keep: bool = False) -> None:
        held = self._held[seq]
        if length < len(held.tokens):
            if not self._engine.capabilities.partial_reuse or not self._engine.cut(seq, length):
                self._engine.cut(seq, 0)
                length = 0
            self._ledger.cut(seq, length)
            del held.tokens[length:]
            held.saved = min(held.saved, length)
        if not held.tokens and not keep:
            del self._held[seq]

    def _evict(self, seq: int) -> None:
        """Drop an idle sequence, its contents kept outside the pool."""
        self._save(self._held[seq])
        self._drop(seq)

    def _save(self, held: _Held) -> None:
        held.saved = self._keeper.save(held.seq, held.keepable, held.saved)

    def _drop(self, seq: int) -> None:
        self._engine.cut(seq, 0)
        self._ledger.cut(seq, 0)
        del self._held[seq]
