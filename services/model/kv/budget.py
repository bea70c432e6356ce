"""How much is written a day: SD cards wear out. The count outlives the process."""

import datetime
import logging
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)
FILE_NAME = "written.json"


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`day` as ISO date, in UTC."""

    day: str
    size: int


def today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


class DailyBudget:
    """`most` bytes a day, 0 without limit. Not for several threads."""

    def __init__(self, folder: Path, most: int, day: Callable[[], str] = today) -> None:
        self._path = folder / FILE_NAME
        self._most = most
        self._day = day
        self._written = self._load()
        self._refused_on = ""

    @property
    def written(self) -> int:
        """Bytes of today."""
        return self._written.size if self._written.day == self._day() else 0

    def allows(self, size: int) -> bool:
        allowed = not self._most or self.written + size <= self._most
        self._refused_on = self._refused_on if allowed else self._day()
        return allowed

    @property
    def exhausted(self) -> bool:
        """Whether something was refused today already."""
        return self._refused_on == self._day()

    def add(self, size: int) -> None:
        """Count and remember. Losing the count costs nothing but wear, so a full disk is no matter here."""
        self._written = Written(self._day(), self.written + size)
        part = self._path.with_suffix(".part")
        try:
            part.write_bytes(msgspec.json.encode(self._written))
            os.replace(part, self._path)
        except OSError as error:
            log.debug("%s cannot be written: %s", self._path, error)

    def _load(self) -> Written:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Written)
        except (OSError, msgspec.MsgspecError):
            return Written("", 0)
