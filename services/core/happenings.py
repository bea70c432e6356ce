"""What happened to the box, for the people who live with it: a short list in words, not a log.

`record` takes a kind and a few facts; the page has the sentence of every kind in each language. The list is a file of
JSON lines beside the logs, not a table: it tells of damaged databases and full disks, so it must not need one.
"""

import fcntl
import logging
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import msgspec

from services.core.durable import write_durably

log = logging.getLogger(__name__)

Fact = str | int | float | None
Kind = Literal[
    "house_started",  # after: first, stop, power (the box went dark) or kill
    "model_restarted",  # reason: memory, stuck or unknown; away_s
    "model_unavailable",  # reason: a sentence
    "part_restarted",  # part: web or ingest
    "part_failing",  # part: it dies again and again
    "memory_tight",  # available_bytes
    "model_smaller",  # context_tokens: it made room
    "model_larger",  # context_tokens: it has its room back
    "disk_low",  # free_bytes
    "disk_full",  # file
    "disk_free_again",  # free_bytes
    "disk_refused",  # file: it could not be written
    "disk_calm",  # nothing was refused for a while
    "too_hot",  # celsius
    "database_damaged",  # file
    "database_restored",  # file; made_at: of the backup, null where rows were saved from the damaged file
    "backup_made",  # size_bytes
    "backup_failed",  # reason: a sentence
    "backup_damaged",  # name: it was good when it was made
    "restored",  # made_at: of the backup that somebody put back
    "updated",  # before, after: versions
    "update_undone",  # before, after: versions
]
KINDS: tuple[Kind, ...] = get_args(Kind)

KEPT = 200
SLACK = 50
"""So many more lines may stand in the file before it is cut to KEPT."""


class Happening(msgspec.Struct, frozen=True):
    """`at` is ISO 8601 in UTC; `params` are the facts of the kind. A file may hold kinds of another version."""

    at: str
    kind: str
    params: dict[str, Fact] = {}


def note(path: Path, kind: Kind, **params: Fact) -> None:
    """Append to the file at once and surely. For programs that are no service. Raises OSError."""
    _append(path, Happening(_now(), kind, params))


class Happenings:
    """The list as a service keeps it. `record` neither waits nor fails: a thread writes, and what the disk refuses
    stays in memory until it takes the next one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unwritten: deque[Happening] = deque(maxlen=KEPT)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="happenings")

    def record(self, kind: Kind, **params: Fact) -> None:
        """Something happened, just now."""
        happening = Happening(_now(), kind, params)
        self._unwritten.append(happening)
        self._thread.submit(self._write)

    def newest(self, limit: int = KEPT) -> list[Happening]:
        """Newest first. Reads the file: call it in a thread."""
        unwritten = list(self._unwritten)
        known = [one for one in read(self._path) if one not in unwritten] + unwritten
        return sorted(known, key=lambda one: one.at)[::-1][:limit]

    def close(self) -> None:
        """Wait until all is written."""
        self._thread.shutdown()

    def _write(self) -> None:
        """This one, and what the disk refused before: a failing disk is among the things to be told."""
        for happening in list(self._unwritten):
            try:
                _append(self._path, happening)
            except OSError as error:
                log.warning("%s cannot be written down: %s", happening.kind, error)
                return
            self._unwritten.remove(happening)


def read(path: Path) -> list[Happening]:
    """What stands in the file, oldest first; lines that a power cut tore are left out."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    return [one for line in lines if (one := _decode(line)) is not None]


def _decode(line: bytes) -> Happening | None:
    try:
        return msgspec.json.decode(line, type=Happening)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _append(path: Path, happening: Happening) -> None:
    line = msgspec.json.encode(happening) + b"\n"
    with _locked(path) as descriptor:
        held = path.read_bytes()
        try:
            os.write(descriptor, line if not held or held.endswith(b"\n") else b"\n" + line)
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):  # it is written anew later: once
                os.ftruncate(descriptor, len(held))
            raise
        if held.count(b"\n") >= KEPT + SLACK:
            with suppress(OSError):  # the line is there; a list that is too long is cut with the next one
                _cut(path)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, open for appending and ours alone; opened anew when somebody cut it meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _cut(path: Path) -> None:
    kept = path.read_bytes().splitlines()[-KEPT:]
    write_durably(path, b"".join(line + b"\n" for line in kept), mode=0o644)
