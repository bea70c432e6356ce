"""`python -m services.ingest`: builds its parts and runs until it is told to stop."""

import asyncio
import logging
import signal
import sys

from services.core.config import Config, load_config
from services.core.errors import OndolError, disk_error
from services.core.logs import setup_logging
from services.core.process import guard
from services.ingest.asks import Asks
from services.ingest.desk import Desk
from services.ingest.ignore import IgnoreList
from services.ingest.inbox import Inbox
from services.ingest.keeper import Keeper
from services.ingest.limits import step_back
from services.ingest.pulse import answering
from services.ingest.reader import Reader, ReaderSettings
from services.ingest.registry import version_namer
from services.ingest.sandbox import Sandbox
from services.ingest.service import Parts, Service, ServiceSettings
from services.ingest.spool import Spool
from services.ingest.unixhttp import UnixHttp
from services.ingest.webclient import WebClient

_WEB_TIMEOUT_S = 900.0  # a text of 20 million characters is indexed before web answers; a web that dies is seen at once
_PULSE_TIMEOUT_S = 10.0
_NICE = 5  # looking after the folder is light work that must not wait for hours of embedding


def build(config: Config) -> Service:
    """Every part, in the order in which they need each other. To be called inside the running loop."""
    settings, home = config.ingest, config.home
    spool = Spool(home.run / "spool")
    spool.prepare()
    inbox = Inbox(home.inbox, IgnoreList(settings.ignore))
    client = WebClient(UnixHttp(home.web_sock, _WEB_TIMEOUT_S))
    pulse = WebClient(UnixHttp(home.web_sock, _PULSE_TIMEOUT_S))
    sandbox = Sandbox(settings.parse_timeout_s)
    desk = Desk(settings.settle_s, version_namer(settings.chunk_tokens))
    clock = asyncio.get_running_loop().time
    asks = Asks(inbox, client, settings.settle_s, clock)
    keeper = Keeper(inbox, desk, asks, client, settings.rescan_s, clock)
    reader = Reader(
        inbox,
        client,
        sandbox,
        spool,
        ReaderSettings(
            max_file_bytes=settings.max_file_bytes,
            max_text_chars=settings.max_text_chars,
            chunk_tokens=settings.chunk_tokens,
            memory_bytes=settings.parse_memory_bytes,
            cpu_s=settings.parse_cpu_s,
        ),
    )
    parts = Parts(inbox, desk, keeper, reader, sandbox, client, pulse)
    return Service(parts, ServiceSettings(settings.poll, settings.poll_interval_s, settings.pause_above_c))


async def _served(config: Config) -> None:
    async with answering(config.home.ingest_sock):
        await build(config).run()


async def run(config: Config) -> None:
    """Until SIGTERM or SIGINT."""
    task = asyncio.ensure_future(_served(config))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logging.getLogger(__name__).info("stopped")


def main() -> int:
    """Exit status: 0 when told to stop, 2 when it cannot start."""
    try:
        config = load_config()
        setup_logging("ingest", config.log.level)
        config.home.create()
        held = guard(config.home.run, "ingest")
    except OndolError as error:
        print(f"ingest: {error.message}", file=sys.stderr)  # noqa: T201
        return 2
    except OSError as error:
        print(f"ingest: {disk_error(error) or error}", file=sys.stderr)  # noqa: T201
        return 2
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # a broken read lease says so; its default action ends the process
    step_back(_NICE)
    with held:
        asyncio.run(run(config))
    return 0


if __name__ == "__main__":
    sys.exit(main())
