"""Damage that a query meets while the house runs: the next start looks at the file, and that start comes at once."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from services.web.safety.rescue import Marks

log = logging.getLogger(__name__)
LEAST_PAUSE_S = 600.0
"""So long after a start that looked at the file, damage ends no further process: no loop of restarts comes of it."""


def damage_handler(database: Path, stop: asyncio.Event, clock: Callable[[], float] = time.time) -> Callable[[], bool]:
    """What `Database.on_damage` is to be: leave a mark, and stop the process, which supervisord starts again. False
    where the disk does not even take the mark: a start could repair nothing there, so the house stays up."""
    marks = Marks(database)

    def handle() -> bool:
        try:
            if not marks.suspect:
                log.error("%s is damaged; it is looked at when web starts again", database.name)
                marks.damaged()
            if not marks.suspect:
                return False
            if clock() - marks.looked_at >= LEAST_PAUSE_S:
                stop.set()
        except OSError:
            return False
        return True

    return handle
