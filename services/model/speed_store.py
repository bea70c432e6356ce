"""Speeds on disk, by model and hardware, so that the first estimate after a start is no guess. Written seldom: the disk
may be an SD card."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from services.model.speeds import SavedSpeeds, Speeds

log = logging.getLogger(__name__)

FILE_NAME = "speeds.json"
MAX_ENTRIES = 20
SAVE_EVERY_S = 900.0
WORTH_SAVING = 50
"""Steps that must have been measured since the last time."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    entries: dict[str, SavedSpeeds]


def load_speeds(home: Path) -> dict[str, SavedSpeeds]:
    """By key, oldest first. A missing or damaged file holds none."""
    path = home / FILE_NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read and will be written anew: %s", path, error)
        return {}
    return found.entries if found.version == 1 else {}


def save_speeds(home: Path, key: str, speeds: SavedSpeeds) -> None:
    """Keep one model's, in place of its older ones. Raises OSError."""
    entries = load_speeds(home)
    entries.pop(key, None)
    entries[key] = speeds
    for old in list(entries)[:-MAX_ENTRIES]:
        del entries[old]
    part = home / f"{FILE_NAME}.part"
    with part.open("wb") as file:
        file.write(msgspec.json.encode(_File(1, entries)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, home / FILE_NAME)


class SpeedKeeper:
    """One model's speeds: `speeds` begin where they were, `rest` and `close` save them when it is worth it.

    An empty `key` keeps nothing.
    """

    def __init__(self, home: Path, key: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._key = key
        self._clock = clock
        self._saved_at = clock()
        self._saved_count = 0
        self.speeds = Speeds(load_speeds(home).get(key) if key else None)

    def rest(self) -> None:
        """Nobody waits now: a good moment, if the last one is long enough ago."""
        if self._clock() - self._saved_at >= SAVE_EVERY_S:
            self.close()

    def close(self) -> None:
        if not self._key or self.speeds.count - self._saved_count < WORTH_SAVING:
            return
        self._saved_at, self._saved_count = self._clock(), self.speeds.count
        try:
            save_speeds(self._home, self._key, self.speeds.saved())
        except OSError as error:
            log.warning("the speeds of this box are not kept: %s", error)
