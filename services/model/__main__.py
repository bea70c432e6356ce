"""`python -m services.model`: the process that holds the models. The socket is open before the first byte is loaded."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time

from services.core.config import Config, load_config
from services.core.errors import OndolError, disk_error
from services.core.logs import setup_logging
from services.core.process import guard
from services.core.protocol.frames import Frame, ModelState
from services.model.engine.native import start_backend
from services.model.lives import Lives
from services.model.loader import load
from services.model.server import Server
from services.model.watchdog import Watchdog
from services.model.worker import Loader, Worker

log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 1.2
SPARE_S = 0.4
"""After SIGTERM chats are written to disk for all of `house.stop_timeout_s` but this: then supervisord ends what is
left."""


class _ToLoop:
    """Carries the worker's words from its thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.server: Server | None = None

    def publish(self, state: ModelState) -> None:
        assert self.server is not None
        self._call(self.server.publish, state)

    def deliver(self, frames: list[tuple[int, Frame]]) -> None:
        assert self.server is not None
        self._call(self.server.deliver, frames)

    def _call(self, target, argument) -> None:  # type: ignore[no-untyped-def]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(target, argument)


async def _serve(config: Config, loader: Loader, lives: Lives) -> None:
    loop = asyncio.get_running_loop()
    outlet = _ToLoop(loop)
    watchdog = Watchdog(config.engine.step_timeout_s, before_exit=lives.stuck)
    life = lives.begin(time.time())
    lives.trace()
    if life.died:
        log.warning("the last life ended: %s; %d in a row, %d steps smaller", life.died, life.deaths, life.steps)
    worker = Worker(
        config,
        outlet,
        watchdog,
        loader,
        life,
        on_ready=lambda: lives.ready(time.time()),
        on_resized=lambda steps: lives.resized(steps, time.time()),
    )
    server = outlet.server = Server(config.home.model_sock, worker.post, watchdog.want_abort)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server.state = worker.state("loading")
    await server.start()
    watchdog.start()
    worker.start()
    await stopped.wait()
    server.close()
    if not await asyncio.to_thread(worker.stop, STOP_TIMEOUT_S, config.house.stop_timeout_s - SPARE_S):
        log.warning("a native call did not end in %.1f s; leaving anyway", STOP_TIMEOUT_S)
    lives.end()


def main(loader: Loader = load) -> int:
    """Serve what `loader` loads until SIGTERM or SIGINT. Returns the exit code."""
    try:
        config = load_config()
        setup_logging("model", config.log.level)
        config.home.create()
        held = guard(config.home.run, "model")
    except OndolError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{disk_error(error) or error}\n")
        return 2
    lives = Lives(config.home.run)
    with held:
        start_backend()
        asyncio.run(_serve(config, loader, lives))
        logging.shutdown()
        # A native thread that is still at work must not meet a half torn down interpreter.
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
