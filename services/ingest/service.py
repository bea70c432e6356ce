"""The life of the ingest process: wait for web, learn what it knows, then notice and read until web goes away."""

import asyncio
import contextlib
import logging
import os
from dataclasses import dataclass

from services.core.errors import OndolError
from services.core.heat import temperature_c
from services.ingest.desk import Desk
from services.ingest.inbox import Inbox
from services.ingest.keeper import Keeper
from services.ingest.reader import LaterError, Reader, UnsettledError
from services.ingest.sandbox import Sandbox
from services.ingest.stability import Stat
from services.ingest.unixhttp import WebGone
from services.ingest.watcher import watch
from services.ingest.webclient import WebClient

_log = logging.getLogger(__name__)
_FIRST_RETRY_S, _LAST_RETRY_S = 0.05, 2.0
_HEARTBEAT_S = 5.0
_REFUSED_S = 5.0


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    poll: bool
    poll_interval_s: float
    pause_above_c: float


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the service is made of. `pulse` is a second connection: a sign of life does not wait for an upload."""

    inbox: Inbox
    desk: Desk
    keeper: Keeper
    reader: Reader
    sandbox: Sandbox
    client: WebClient
    pulse: WebClient


class Service:
    """Runs until cancelled."""

    def __init__(self, parts: Parts, settings: ServiceSettings) -> None:
        self._parts = parts
        self._settings = settings
        self._scanning = True
        self._room = asyncio.Event()
        self._room.set()

    async def run(self) -> None:
        """Watch for life; everything else begins anew when web comes back."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                group.create_task(self._beat())
                group.create_task(self._serve())
        finally:
            await self._parts.sandbox.close()
            self._parts.client.close()
            self._parts.pulse.close()

    async def _watch(self) -> None:
        keeper, settings = self._parts.keeper, self._settings
        while True:
            watching = asyncio.create_task(
                watch(self._parts.inbox.root, settings.poll, settings.poll_interval_s, keeper.changed)
            )
            replaced = asyncio.create_task(keeper.moved_away.wait())
            try:
                await asyncio.wait({watching, replaced}, return_when=asyncio.FIRST_COMPLETED)
                if watching.done() and not replaced.done():
                    watching.result()
                    await replaced
            finally:
                for task in (watching, replaced):
                    task.cancel()
                await asyncio.gather(watching, replaced, return_exceptions=True)
            keeper.moved_away.clear()
            keeper.look_soon()
            _log.warning("the inbox was replaced; the watch begins anew")

    async def _serve(self) -> None:
        while True:
            await self._await_web()
            try:
                self._parts.desk.learn(await self._parts.client.files())
                self._parts.keeper.look_soon()
                self._scanning = False
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._parts.keeper.run())
                    group.create_task(self._work())
            except* WebGone as gone:
                _log.warning("web is away: %s", gone.exceptions[0])
            except* OndolError as refused:
                _log.error("web cannot say what it knows: %s", refused.exceptions[0])
                await asyncio.sleep(_REFUSED_S)
            self._scanning = True

    async def _await_web(self) -> None:
        pause = _FIRST_RETRY_S
        while True:
            try:
                await self._parts.client.health()
            except (WebGone, OndolError) as error:
                _log.debug("web is not there yet: %s", error)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_RETRY_S)

    async def _work(self) -> None:
        desk = self._parts.desk
        while True:
            await self._room.wait()
            item = desk.backlog.take()
            if item is None:
                desk.work.clear()
                await desk.work.wait()
                continue
            reading = asyncio.create_task(self._read(*item))
            desk.begin(*item, reading)
            try:
                await asyncio.wait({reading})
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                desk.end()
                self._parts.keeper.wake()
            if reading.cancelled() or not reading.result():
                self._parts.keeper.changed([f"{self._parts.inbox.root}/{item[0]}"])

    async def _read(self, path: str, stat: Stat) -> bool:
        """False when the file changed meanwhile and has to be looked at anew."""
        loop = asyncio.get_running_loop()
        try:
            await self._parts.reader.read(path, stat, self._parts.desk.ledger)
        except FileNotFoundError:
            self._parts.desk.lost(path, loop.time())
        except UnsettledError:
            return False
        except (LaterError, OSError) as error:
            if isinstance(error, WebGone):
                raise
            _log.warning("%s has to wait: %s", path, error)
            self._parts.desk.put_off(path, loop.time())
        return True

    async def _beat(self) -> None:
        while True:
            await self._beat_once()
            await asyncio.sleep(_HEARTBEAT_S)

    async def _beat_once(self) -> None:
        load = self._parts.desk.load()
        state = "scanning" if self._scanning else "working" if load else "idle"
        busy = False
        with contextlib.suppress(WebGone, OndolError):
            orders = await self._parts.pulse.heartbeat(os.getpid(), state, load)
            self._parts.keeper.changed(f"{self._parts.inbox.root}/{path}" for path in orders.retry)
            busy = orders.busy
            if orders.rest:
                self._room.clear()
            else:
                self._room.set()
        degrees = temperature_c()
        if busy or (degrees is not None and degrees > self._settings.pause_above_c):
            self._parts.sandbox.hold()
        else:
            self._parts.sandbox.release()
