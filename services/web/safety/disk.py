"""How full the disk is, and what rests for that: first keeping chats warm and reading documents, last new questions."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from services.core.config import DiskConfig
from services.core.errors import DiskFull
from services.core.paths import Home

log = logging.getLogger(__name__)
LOOK_S = 5.0
BACK_PERCENT = 110
"""So much of a threshold must be free until what rested goes on: no flapping at the edge."""
Level = Literal["ok", "low", "full"]


class DiskState(msgspec.Struct, frozen=True):
    level: Level
    free_bytes: int
    total_bytes: int


def next_level(free_bytes: int, rules: DiskConfig, before: Level) -> Level:
    """`full` below `full_bytes`, `low` below `low_bytes`; back only with BACK_PERCENT of that."""
    full = rules.full_bytes * (BACK_PERCENT if before == "full" else 100)
    low = max(rules.low_bytes, rules.full_bytes) * (BACK_PERCENT if before != "ok" else 100)
    if free_bytes * 100 < full:
        return "full"
    return "low" if free_bytes * 100 < low else "ok"


def usage_of(folder: Path) -> tuple[int, int]:
    """(free for us, all) in bytes."""
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


def forget_kept_chats(home: Home) -> int:
    """Give back what the model keeps of chats to be quick: it may be deleted at any time. How many bytes it was."""
    given = 0
    for file in home.kv.glob("**/*.kv"):
        try:
            size = file.stat().st_size
            file.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            log.error("%s cannot be deleted: %s", file.name, error)
        else:
            given += size
    return given


class DiskWatch:
    """`look` asks the disk, `run` does so for ever; `on_change(before, state)` hears of another level."""

    def __init__(self, folder: Path, rules: DiskConfig, usage: Callable[[Path], tuple[int, int]] = usage_of) -> None:
        self._folder = folder
        self._rules = rules
        self._usage = usage
        self.make_room: Callable[[], int] = lambda: 0
        """Called in a thread while it is full; how many bytes it gave back."""
        self.on_change: Callable[[Level, DiskState], None] = lambda before, state: None
        self.state = DiskState("ok", *usage(folder))
        self.look()

    @property
    def low(self) -> bool:
        """Whether there is little room: documents and kept chats rest."""
        return self.state.level != "ok"

    def look(self) -> DiskState:
        before = self.state.level
        free, total = self._usage(self._folder)
        self.state = DiskState(next_level(free, self._rules, before), free, total)
        if self.state.level != before:
            log.warning("the disk is %s now: %d bytes are free", self.state.level, free)
            self.on_change(before, self.state)
        return self.state

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await asyncio.to_thread(self._usage, self._folder)  # a disk that hangs holds up this thread alone
                if self.look().level == "full" and (given := await asyncio.to_thread(self.make_room)):
                    log.warning("%d bytes of chats that were kept warm are given back", given)
            except OSError as error:
                log.error("the disk cannot be looked at: %s", error)

    def refuse_question(self) -> None:
        """Raises DiskFull when an answer could not be kept."""
        if self.state.level == "full" and self._look_again().level == "full":
            raise self._refusal("the disk is full, an answer could not be kept; free some space")

    def refuse_document(self) -> None:
        """Raises DiskFull when documents rest."""
        if self.low and self._look_again().level != "ok":
            raise self._refusal("the disk is nearly full, no document is taken; free some space")

    def _look_again(self) -> DiskState:
        """Who has just made room need not wait for the next look."""
        try:
            return self.look()
        except OSError:
            return self.state

    def _refusal(self, message: str) -> DiskFull:
        return DiskFull(message, free=self.state.free_bytes)
