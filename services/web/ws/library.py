"""`/ws/library/`: how the documents a user sees come along, for the page that lists them."""

from quart import Blueprint

from services.web.chat.events import LibraryInfo, library_topic
from services.web.ws.entry import admitted
from services.web.ws.watching import watch

blueprint = Blueprint("ws_library", __name__)


@blueprint.websocket("/ws/library/")
async def library() -> None:
    """`library_info` first and whenever events were missed: read the list again. Then every change."""
    user = await admitted()
    await watch((library_topic(None), library_topic(user.username)), LibraryInfo())
