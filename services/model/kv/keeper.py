"""What the step thread does to keep chats warm: copies blocks out between steps, and puts them back before reading."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.model.engine.base import Engine
from services.model.kv.blocks import MIN_TOKENS, blocks_of
from services.model.kv.index import Hit
from services.model.kv.store import Fetch, KvStore, Loaded, StoreStats
from services.model.speeds import Average, Speeds

log = logging.getLogger(__name__)

COPY_SHARE = 0.01
"""How much of the time may go into copying while somebody receives tokens."""
GUESS_BYTES_PER_S = 40e6
"""What an SD card reads, until this one was measured."""


@dataclass(slots=True)
class RestoreTotals:
    """Since the model was loaded."""

    restores: int = 0
    tokens: int = 0


class Keeper:
    """Belongs to the worker thread. Without a store, or with an engine that has no snapshots, it keeps nothing."""

    def __init__(self, engine: Engine, store: KvStore | None, speeds: Speeds, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._store = store if engine.capabilities.snapshots else None
        self._speeds = speeds
        self._clock = clock
        self._fetches: dict[int, Fetch | None] = {}
        self._bytes_per_s = Average(GUESS_BYTES_PER_S)
        self._next_copy = 0.0
        self.totals = RestoreTotals()

    @property
    def active(self) -> bool:
        return self._store is not None

    @property
    def writable(self) -> bool:
        """Whether anything is taken today."""
        return self._store is not None and not self._store.exhausted

    @property
    def full(self) -> bool:
        """Whether nothing more is taken for now."""
        return self._store is not None and self._store.busy

    @property
    def store_stats(self) -> StoreStats:
        return self._store.stats if self._store else StoreStats()

    # --- out ----------------------------------------------------------------------------------------------------

    def save(self, seq: int, tokens: Sequence[int], saved: int, *, most_blocks: int | None = None) -> int:
        """Copy out what lies behind the first `saved` tokens of a sequence and is not kept yet, at most `most_blocks`.

        Returns up to where nothing is left to do; less than all when the store takes no more for now.
        """
        store = self._store
        if store is None or len(tokens) - saved < MIN_TOKENS:
            return saved
        for block in blocks_of(store.root, tokens):
            if block.end <= saved:
                continue
            shared = store.shared(block)
            new = len(block.tokens) - shared
            if not new or (new < MIN_TOKENS and not block.full):
                saved = max(saved, block.start + shared)
                continue
            if store.busy or store.exhausted or most_blocks == 0:
                break
            try:
                payload = self._engine.export(seq, block.start, block.end)
            except ValueError:
                log.exception("sequence %d is not kept", seq)
                return len(tokens)
            store.add(block, payload)
            saved = block.end
            most_blocks = most_blocks - 1 if most_blocks is not None else None
        return saved

    def may_copy(self, *, chatting: bool) -> bool:
        """Whether a block may be copied out now: seldom while somebody receives tokens."""
        return self.writable and not self.full and (not chatting or self._clock() >= self._next_copy)

    def copied(self, seconds: float) -> None:
        """A copy took `seconds`."""
        self._next_copy = self._clock() + seconds / COPY_SHARE

    def tighten(self, tight: bool) -> None:
        if self._store is not None:
            self._store.tighten(tight)

    def wait_for_room(self, deadline: float) -> bool:
        return self._store is not None and self._store.wait_for_room(deadline)

    def drain(self, deadline: float) -> None:
        """Wait until all is written, at most until the monotonic clock shows `deadline`."""
        if self._store is not None:
            self._store.drain(deadline)

    # --- back ---------------------------------------------------------------------------------------------------

    def fetching(self, number: int, tokens: Sequence[int], resident_tokens: Callable[[], int]) -> bool:
        """Whether run `number` had better wait for kept blocks of its prompt `tokens` that are being read from disk.

        `resident_tokens` tells how many of it are in the pool already. One prompt is fetched at a time.
        """
        if self._store is None:
            return False
        if number in self._fetches:
            fetch = self._fetches[number]
            return fetch is not None and not fetch.done
        if not self._store.scanned:
            return True
        hits = self._worth_fetching(self._store, tokens, resident_tokens())
        if hits and any(fetch and not fetch.done for fetch in self._fetches.values()):
            return True
        self._fetches[number] = self._store.fetch(hits) if hits else None
        return bool(hits)

    def _worth_fetching(self, store: KvStore, tokens: Sequence[int], resident: int) -> list[Hit]:
        """Kept blocks behind the first `resident` tokens, where putting them back takes less time than reading."""
        hits = [hit for hit in store.walk(tokens[: len(tokens) - 1]) if hit.end > resident]
        if not hits or hits[-1].end - resident < MIN_TOKENS:
            return []
        cost_s = sum(hit.entry.size for hit in hits) / self._bytes_per_s.value
        return hits if self._speeds.read_s(hits[-1].end - resident, resident) > cost_s else []

    def coming(self, number: int) -> int:
        """Up to where a run's prompt is being read from disk."""
        fetch = self._fetches.get(number)
        return fetch.hits[-1].end if fetch else 0

    def fetched(self, number: int) -> list[Loaded]:
        """What was read for a run, once."""
        fetch = self._fetches.pop(number, None)
        if fetch is None or not fetch.blocks:
            return []
        if fetch.seconds > 0:
            self._bytes_per_s.add(fetch.size / fetch.seconds)
        return fetch.blocks

    def restored(self, tokens: int) -> None:
        """A run began with `tokens` that were put back."""
        if tokens > 0:
            self.totals.restores += 1
            self.totals.tokens += tokens

    def forget(self, number: int) -> None:
        """The run is over or reads by itself."""
        self._fetches.pop(number, None)

    def prefix_cached(self, tokens: Sequence[int]) -> int:
        """How much of a beginning is kept in memory or on disk."""
        hits = self._store.walk(tokens) if self._store is not None else []
        return hits[-1].end if hits else 0
