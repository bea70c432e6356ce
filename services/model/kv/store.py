"""Keeps blocks: in memory until they are written, then on disk. Two threads of its own do all reading and writing."""

import contextlib
import logging
import os
import queue
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.model.kv.blockfile import Damaged, Header, Payload, header_bytes
from services.model.kv.blocks import Block, root
from services.model.kv.budget import DailyBudget
from services.model.kv.disk import LEAST_FREE_BYTES, Abandoned, BlockFiles
from services.model.kv.index import BlockIndex, Entry, Hit
from services.model.prefix import common_prefix

log = logging.getLogger(__name__)

STAGE_BYTES = 256 * 1024 * 1024
"""What may wait in memory to be written: 2,000 tokens of a 7B model."""
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes; a day's writing is without limit where it is 0."""

    disk: int
    daily_write: int = 0
    stage: int = STAGE_BYTES
    least_free: int = LEAST_FREE_BYTES


@dataclass(slots=True)
class StoreStats:
    """`size` and `files` now, `written_today` of this day, the rest since the process began."""

    size: int = 0
    files: int = 0
    written_today: int = 0
    written: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A block's payload, good up to position `end` of the prompt it was asked for."""

    block: Block
    end: int
    payload: Payload


@dataclass(slots=True, eq=False)
class Fetch:
    """A beginning on its way from disk. `blocks`, `size` and `seconds` are set when it is `done`."""

    hits: Sequence[Hit]
    blocks: list[Loaded] = field(default_factory=list)
    size: int = 0
    seconds: float = 0.0
    done: bool = False


class KvStore:
    """`add`, `walk`, `fetch` from the engine's thread. `on_change` is called from others when something is done."""

    def __init__(
        self,
        folder: Path,
        key: str,
        limits: Limits,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.root = root(key)
        self.scanned = False
        """Whether it is known what lies on disk."""
        self._limits = limits
        self._on_change = on_change
        self._clock = clock
        self._files = BlockFiles(folder, self.root, limits.least_free)
        self._budget = DailyBudget(folder, limits.daily_write)
        self._index = BlockIndex()
        self._staged: dict[int, tuple[Entry, Payload]] = {}
        self._staged_bytes = 0
        self._stats = StoreStats()
        self._lock = threading.Condition()
        self._to_write: queue.SimpleQueue[Entry] = queue.SimpleQueue()
        self._to_read: queue.SimpleQueue[Fetch] = queue.SimpleQueue()
        self._deadline: float | None = None
        self._told_failure = False
        self.tight = False

    def start(self) -> None:
        """Look at the folder and begin to read and write, beside the caller."""
        for target in (self._read_forever, self._write_forever):
            threading.Thread(target=target, name=f"kv {target.__name__}", daemon=True).start()

    # --- for the engine's thread --------------------------------------------------------------------------------

    @property
    def stats(self) -> StoreStats:
        with self._lock:
            stats = self._stats
            return StoreStats(self._index.size, self._index.count, self._budget.written, stats.written, stats.rejected)

    @property
    def busy(self) -> bool:
        """Whether no more is taken for now: enough waits to be written."""
        return self.tight or self._full

    @property
    def _full(self) -> bool:
        return self._staged_bytes >= self._limits.stage

    def tighten(self, tight: bool) -> None:
        """While memory is short nothing more is taken, and what waits to be written is dropped."""
        self.tight = tight
        with self._lock:
            for entry, _ in self._staged.values() if tight else ():
                self._index.remove(entry)
            if tight:
                self._staged.clear()
                self._staged_bytes = 0
            self._lock.notify_all()

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be written today."""
        return self._budget.exhausted

    def walk(self, tokens: Sequence[int]) -> list[Hit]:
        """The longest kept beginning of `tokens`."""
        with self._lock:
            return self._index.walk(self.root, tokens)

    def shared(self, block: Block) -> int:
        """How many tokens of `block` are kept."""
        with self._lock:
            return max((common_prefix(e.block.tokens, block.tokens) for e in self._index.siblings(block)), default=0)

    def add(self, block: Block, payload: Payload) -> None:
        """Keep a block; from now on it can be fetched."""
        entry = Entry(block, header_bytes(block) + memoryview(payload).nbytes, self._clock())
        with self._lock:
            self._index.add(entry)
            self._staged[id(entry)] = (entry, payload)
            self._staged_bytes += entry.size
        self._to_write.put(entry)

    def fetch(self, hits: Sequence[Hit]) -> Fetch:
        """Begin to read blocks that `walk` found."""
        job = Fetch(hits)
        self._to_read.put(job)
        return job

    def drain(self, deadline: float) -> None:
        """Wait until all is written or the monotonic clock shows `deadline`; what is not written by then is dropped."""
        self._deadline = deadline
        with self._lock:
            while self._staged and (left := deadline - time.monotonic()) > 0:
                self._lock.wait(left)

    def wait_for_room(self, deadline: float) -> bool:
        """Wait until more is taken; False when the monotonic clock shows `deadline` first."""
        self._deadline = deadline
        with self._lock:
            while self._full and (left := deadline - time.monotonic()) > 0:
                self._lock.wait(left)
            return not self._full

    # --- reading ------------------------------------------------------------------------------------------------

    def _read_forever(self) -> None:
        self._scan()
        while True:
            job = self._to_read.get()
            try:
                self._read(job)
            except Exception:
                log.exception("kept prefixes could not be read")
            job.done = True
            self._on_change()

    def _scan(self) -> None:
        try:
            for block, size, used in self._files.scan(self._reject):
                with self._lock:
                    self._index.add(Entry(block, size, used))
        except Exception:
            log.exception("the kv folder cannot be looked at; it is taken as empty")
        self.scanned = True
        self._on_change()

    def _read(self, job: Fetch) -> None:
        began = time.monotonic()
        for place, hit in enumerate(job.hits):
            payload = self._payload(hit.entry)
            if payload is None:
                self._forget_lost(job.hits[place:])
                break
            job.blocks.append(Loaded(hit.entry.block, hit.end, payload))
            job.size += hit.entry.size
        self._use([hit.entry for hit in job.hits])
        job.seconds = time.monotonic() - began

    def _payload(self, entry: Entry) -> Payload | None:
        with self._lock:
            staged = self._staged.get(id(entry))
        if staged is not None:
            return staged[1]
        try:
            return self._files.read(entry.block)
        except FileNotFoundError:
            pass  # superseded, evicted, or the folder was emptied
        except (OSError, Damaged) as error:
            self._reject(self._files.path(entry.block), str(error))
            self._files.delete(entry.block)
        with self._lock:
            self._index.remove(entry)
        return None

    def _forget_lost(self, hits: Sequence[Hit]) -> None:
        """Somebody may have emptied the folder."""
        for hit in hits:
            with self._lock:
                if id(hit.entry) not in self._staged and not self._files.path(hit.entry.block).exists():
                    self._index.remove(hit.entry)

    def _use(self, entries: Sequence[Entry]) -> None:
        now = self._clock()
        for entry in entries:
            entry.used = now
            self._files.touch(entry.block)

    def _reject(self, path: Path, reason: str) -> None:
        log.warning("%s is deleted: %s", path.name, reason)
        with self._lock:
            self._stats.rejected += 1

    # --- writing ------------------------------------------------------------------------------------------------

    def _write_forever(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while True:
            entry = self._to_write.get()
            try:
                kept = self._write(entry)
            except Exception:
                log.exception("a prefix could not be written")
                kept = False
            self._unstage(entry, kept=kept)
            self._on_change()

    def _write(self, entry: Entry) -> bool:
        with self._lock:
            staged = self._staged.get(id(entry))
            wanted = entry in self._index
        if staged is None or not wanted or self._out_of_time() or not self._budget.allows(entry.size):
            return False
        header = Header(self.root, entry.block, memoryview(staged[1]).nbytes, zlib.crc32(staged[1]))
        self._shrink(entry)
        try:
            self._files.write(header, staged[1], self._out_of_time)
        except Abandoned:
            return False
        except OSError as error:
            self._tell_failure(error)
            return False
        self._told_failure = False
        self._budget.add(header.file_bytes)
        with self._lock:
            self._stats.written += header.file_bytes
            old = [other for other in self._index.superseded(entry.block) if other is not entry]
        self._forget(old)
        return True

    def _shrink(self, keep: Entry) -> None:
        """Delete what was unused longest until all fits."""
        while True:
            with self._lock:
                victim = self._index.unused_longest() if self._index.size > self._limits.disk else None
            if victim is None or victim is keep:
                return
            self._forget([victim])

    def _forget(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            with self._lock:
                self._index.remove(entry)
            self._files.delete(entry.block)

    def _unstage(self, entry: Entry, *, kept: bool) -> None:
        with self._lock:
            if self._staged.pop(id(entry), None) is not None:
                self._staged_bytes -= entry.size
            if not kept:
                self._index.remove(entry)
            self._lock.notify_all()

    def _out_of_time(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline

    def _tell_failure(self, error: OSError) -> None:
        if not self._told_failure:
            log.warning("chats cannot be kept warm on disk: %s", error)
        self._told_failure = True
