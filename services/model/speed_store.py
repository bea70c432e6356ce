"""Speeds on disk, by model and hardware, so that the first estimate after a start is no guess. Written seldom: the disk
may be an SD card."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from services.model.entries import load_entries, save_entry
from services.model.speeds import SavedSpeeds, Speeds

log = logging.getLogger(__name__)

FILE_NAME = "speeds.json"
MAX_ENTRIES = 20
SAVE_EVERY_S = 900.0
WORTH_SAVING = 50
"""Steps that must have been measured since the last time."""


class SpeedKeeper:
    """One model's speeds: `speeds` begin where they were, `rest` and `close` save them when it is worth it.

    An empty `key` keeps nothing.
    """

    def __init__(self, home: Path, key: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = home / FILE_NAME
        self._key = key
        self._clock = clock
        self._saved_at = clock()
        self._saved_count = 0
        self.speeds = Speeds(load_entries(self._path, SavedSpeeds).get(key) if key else None)

    def rest(self) -> None:
        """Nobody waits now: a good moment, if the last one is long enough ago."""
        if self._clock() - self._saved_at >= SAVE_EVERY_S:
            self.close()

    def close(self) -> None:
        if not self._key or self.speeds.count - self._saved_count < WORTH_SAVING:
            return
        self._saved_at, self._saved_count = self._clock(), self.speeds.count
        try:
            save_entry(self._path, self._key, self.speeds.saved(), most=MAX_ENTRIES)
        except OSError as error:
            log.warning("the speeds of this box are not kept: %s", error)
