"""What happened to people's data, said in the page until somebody has read it. Kept beside the database, which it may
have outlived."""

import logging
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from services.core.durable import write_durably

log = logging.getLogger(__name__)
MAX_NOTICES = 20
NoticeKind = Literal[
    "database_repaired", "database_restored", "database_salvaged", "database_lost", "library_rebuilt", "backup_restored"
]


class Notice(msgspec.Struct, frozen=True):
    """`params` are the values its sentence names: times as ISO 8601, names of files."""

    id: str
    kind: NoticeKind
    at: str
    params: dict[str, str | int]


class Notices:
    """A small file. What cannot be written is at least logged; what cannot be read is taken as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Notice]:
        """Oldest first."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Notice])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s cannot be read: %s", self._path.name, error)
            return []

    def add(self, kind: NoticeKind, **params: str | int) -> None:
        notice = Notice(secrets.token_hex(4), kind, datetime.now(UTC).isoformat(timespec="seconds"), params)
        log.warning("%s: %s", kind, params)
        self._write([*self.all(), notice][-MAX_NOTICES:])

    def dismiss(self, notice_id: str) -> None:
        """Harmless when it is gone already."""
        self._write([notice for notice in self.all() if notice.id != notice_id])

    def _write(self, notices: list[Notice]) -> None:
        try:
            write_durably(self._path, msgspec.json.encode(notices))
        except OSError as error:
            log.error("%s cannot be written: %s", self._path.name, error)
