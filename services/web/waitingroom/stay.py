"""Staying in the waiting room: until somebody stops the process, or there may be room on the disk again."""

import asyncio
import logging
import os
import signal
from typing import Literal

from services.core.config import Config
from services.core.errors import DiskError, OndolError
from services.web.serving import serve_until
from services.web.waitingroom.app import create_waiting_room
from services.web.waitingroom.obstacle import free_bytes, room_wanted

log = logging.getLogger(__name__)
LOOK_S = 30.0
Ending = Literal["stopped", "again"]


def stay(config: Config, listener: int, obstacle: OndolError) -> Ending:
    """Serve the reason on the port and on run/web.sock, where ingest and the sentinel ask. `listener` stays open."""
    log.error("waiting: %s", obstacle.message)
    return asyncio.run(_stay(config, listener, obstacle))


async def _stay(config: Config, listener: int, obstacle: OndolError) -> Ending:
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    return await serve_room(config, listener, obstacle, stop, LOOK_S)


async def serve_room(config: Config, listener: int, obstacle: OndolError, stop: asyncio.Event, look_s: float) -> Ending:
    """Until `stop` is set, or a look, every `look_s` seconds, finds the room that was lacking; a disk that refused is
    tried again."""
    ending: list[Ending] = []

    async def closing() -> None:
        ending.append(await _until(stop, config, obstacle, look_s))

    app, home = create_waiting_room(obstacle), config.home
    home.web_sock.unlink(missing_ok=True)
    binds = {f"fd://{os.dup(listener)}": app, f"unix:{home.web_sock}": app}
    try:
        await serve_until(binds, closing(), config.web.max_frame_bytes)
    finally:
        home.web_sock.unlink(missing_ok=True)
    return ending[0]


async def _until(stop: asyncio.Event, config: Config, obstacle: OndolError, look_s: float) -> Ending:
    wanted = room_wanted(obstacle, free_bytes(config.home.db))
    broken = isinstance(obstacle, DiskError)
    while True:
        try:
            await asyncio.wait_for(stop.wait(), look_s if broken or wanted is not None else None)
        except TimeoutError:
            if broken:
                log.info("the disk is tried again")
                return "again"
            if wanted is not None and free_bytes(config.home.db) >= wanted:
                log.info("there is room again")
                return "again"
        else:
            return "stopped"
