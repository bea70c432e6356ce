"""`/ws/events/`: what happens to a person's list of chats, for every window that shows it."""

from quart import Blueprint

from services.web.chat.events import SessionsInfo, user_topic
from services.web.ws.entry import admitted
from services.web.ws.watching import watch

blueprint = Blueprint("ws_events", __name__)


@blueprint.websocket("/ws/events/")
async def events() -> None:
    """`sessions_info` first and whenever events were missed: read the list again. Then every change."""
    user = await admitted()
    await watch((user_topic(user.id),), SessionsInfo())
