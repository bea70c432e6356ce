"""`/ws/events/`: what happens to a person's list of chats, for every window that shows it."""

import asyncio

import msgspec
from quart import Blueprint, websocket

from services.core.errors import OndolError
from services.web.api.common import deps
from services.web.chat.events import (
    SERVICE_RESTART,
    Closing,
    ErrorEvent,
    Event,
    Lagged,
    Pong,
    SessionsInfo,
    Viewer,
    user_topic,
)
from services.web.errors import ErrorBody, request_id
from services.web.ws.entry import admitted
from services.web.ws.incoming import Ping, decode_ping

blueprint = Blueprint("ws_events", __name__)
_encoder = msgspec.json.Encoder()


@blueprint.websocket("/ws/events/")
async def events() -> None:
    """`sessions_info` first and whenever events were missed: read the list again. Then every change."""
    user = await admitted()
    await websocket.accept()
    viewer = Viewer()
    deps().events.subscribe(viewer, (user_topic(user.id),))
    try:
        await _send(SessionsInfo())
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(_listen(viewer))
            await _speak(viewer)
            listening.cancel()
    finally:
        deps().events.unsubscribe(viewer)


async def _send(event: Event) -> None:
    await websocket.send(_encoder.encode(event).decode())


async def _speak(viewer: Viewer) -> None:
    """Until the house stops."""
    while not isinstance(event := await viewer.next(), Closing):
        await _send(SessionsInfo() if isinstance(event, Lagged) else event)
    await websocket.close(SERVICE_RESTART, "the house is being stopped")


async def _listen(viewer: Viewer) -> None:
    while True:
        try:
            match decode_ping(await websocket.receive()):
                case Ping():
                    viewer.put(Pong())
        except OndolError as error:
            viewer.put(ErrorEvent(ErrorBody(error.code, error.message, dict(error.params), request_id())))
