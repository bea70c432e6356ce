"""A socket that only tells: a list is read over REST, and every change of it comes here."""

import asyncio

import msgspec
from quart import websocket

from services.core.errors import OndolError
from services.web.api.common import deps
from services.web.chat.events import (
    SERVICE_RESTART,
    Closing,
    ErrorEvent,
    Event,
    Lagged,
    Pong,
    Viewer,
)
from services.web.errors import ErrorBody, request_id
from services.web.ws.incoming import Ping, decode_ping

_encoder = msgspec.json.Encoder()


async def watch(topics: tuple[str, ...], info: Event) -> None:
    """Accept the socket and tell what is published on `topics`, until either side leaves.

    `info` goes first, and again whenever events were missed: read the list again. Any other message than `ping` is
    answered with a typed error.
    """
    await websocket.accept()
    viewer = Viewer()
    deps().events.subscribe(viewer, topics)
    try:
        await _send(info)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(_listen(viewer))
            await _speak(viewer, info)
            listening.cancel()
    finally:
        deps().events.unsubscribe(viewer)


async def _send(event: Event) -> None:
    await websocket.send(_encoder.encode(event).decode())


async def _speak(viewer: Viewer, info: Event) -> None:
    """Until the house stops."""
    while not isinstance(event := await viewer.next(), Closing):
        await _send(info if isinstance(event, Lagged) else event)
    await websocket.close(SERVICE_RESTART, "the house is being stopped")


async def _listen(viewer: Viewer) -> None:
    while True:
        try:
            match decode_ping(await websocket.receive()):
                case Ping():
                    viewer.put(Pong())
        except OndolError as error:
            viewer.put(ErrorEvent(ErrorBody(error.code, error.message, dict(error.params), request_id())))
