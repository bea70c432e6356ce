"""Which Ondol had the data last: told once when it is another one."""

import logging

from services.core.durable import write_durably
from services.core.happenings import Kind, note
from services.core.paths import Home
from services.web.storage.upgrade import Upgraded

log = logging.getLogger(__name__)
UNNAMED = "0.1.0"
"""Every Ondol that left no name called itself so."""


def tell_update(home: Home, now: str, upgraded: Upgraded | None) -> None:
    """The data are open in version `now`. `upgraded` is what was done to get them so."""
    before = last_version(home) or (UNNAMED if upgraded else None)
    if before != now:
        _remember(home, now, "updated" if before else None, before, now)


def tell_undone(home: Home, before: str, after: str) -> None:
    """Version `after` had the data and did not work; `before` has them again."""
    _remember(home, before, "update_undone", before, after)


def last_version(home: Home) -> str | None:
    """What had the data last; None where nothing says so."""
    try:
        return home.version.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _remember(home: Home, now: str, kind: Kind | None, before: str | None, after: str) -> None:
    """A list that cannot be written is no reason to stay closed."""
    try:
        write_durably(home.version, f"{now}\n".encode())
        if kind is not None:
            note(home.happenings, kind, before=before, after=after)
    except OSError as error:
        log.warning("what happened to version %s cannot be written down: %s", after, error)
