"""What happened to people's data, said in the page until somebody has read it. Kept beside the database, which it may
have outlived."""

import logging
import secrets
from datetime import UTC, datetime
from typing import Literal

import msgspec

from services.core.durable import write_durably
from services.core.happenings import note
from services.core.paths import Home

log = logging.getLogger(__name__)
MAX_NOTICES = 20
NoticeKind = Literal[
    "database_repaired",
    "database_restored",
    "database_merged",
    "database_salvaged",
    "database_lost",
    "library_rebuilt",
    "library_renewed",
    "backup_restored",
]


class Notice(msgspec.Struct, frozen=True):
    """`params` are the values its sentence names: times as ISO 8601, names of files."""

    id: str
    kind: NoticeKind
    at: str
    params: dict[str, str | int]


class Notices:
    """A small file. What cannot be written is at least logged; what cannot be read is taken as empty."""

    def __init__(self, home: Home) -> None:
        self._path = home.notices
        self._happenings = home.happenings

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
        try:
            self._note(kind, str(params.get("backup_at", "")) or None)
        except OSError as error:
            log.error("%s is not in the list of what happened: %s", kind, error)
        try:
            write_durably(self._path, msgspec.json.encode([*self.all(), notice][-MAX_NOTICES:]))
        except OSError as error:
            log.error("%s cannot be written: %s", self._path.name, error)

    def _note(self, kind: NoticeKind, made_at: str | None) -> None:
        if kind == "backup_restored":
            note(self._happenings, "restored", made_at=made_at)
            return
        if kind == "library_renewed":
            return
        file = "library.db" if kind == "library_rebuilt" else "ondol.db"
        note(self._happenings, "database_damaged", file=file)
        note(self._happenings, "database_restored", file=file, made_at=made_at)
