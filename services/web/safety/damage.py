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


def damage_handler(database: Path, stop: asyncio.Event, clock: Callable[[], float] = time.time) -> Callable[[], None]:
    """What `Database.on_damage` is to be: leave a mark, and stop the process, which supervisord starts again."""
    marks = Marks(database)

    def handle() -> None:
        if not marks.suspect:
            log.error("%s is damaged; it is looked at when web starts again", database.name)
            marks.damaged()
        if clock() - marks.looked_at >= LEAST_PAUSE_S:
            stop.set()

    return handle
