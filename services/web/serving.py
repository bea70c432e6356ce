"""Ports and sockets: how hypercorn serves apps until the house stops."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Mapping

from hypercorn.asyncio import serve
from hypercorn.config import Config as Hypercorn
from quart import Quart

from services.core.errors import OndolError

GRACE_S = 1.0


def listen(host: str, port: int) -> int:
    """The descriptor of the port, taken before anything is opened. Raises OndolError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OndolError(f"port {port} on {host} cannot be used: {error.strerror}; set ONDOL_PORT to another") from None
    return listener.detach()


async def serve_until(apps: Mapping[str, Quart], closing: Awaitable[None], websocket_limit: int) -> None:
    """Serve each app on its bind (`fd://3`, `unix:/path`) until `closing` returns; sockets then have GRACE_S to go."""
    closed = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for bind, app in apps.items():
            group.create_task(serve(app, _hypercorn(bind, websocket_limit), shutdown_trigger=closed.wait))
        try:
            await closing
        finally:
            closed.set()


def _hypercorn(bind: str, websocket_limit: int) -> Hypercorn:
    settings = Hypercorn()
    settings.bind = [bind]
    settings.umask = 0o077
    settings.graceful_timeout = GRACE_S
    settings.shutdown_timeout = GRACE_S
    settings.websocket_max_message_size = websocket_limit
    settings.include_server_header = False
    settings.accesslog = None
    settings.errorlog = logging.getLogger("hypercorn")
    return settings
