"""The sources of answers: how a cited passage reads now."""

from quart import Blueprint
from quart_schema import tag, validate_response

from services.web.api.common import deps, int_id, login_required, user
from services.web.chat.beginning import own_message
from services.web.library.citing import SourceDiff
from services.web.storage.messages import StoredMessage
from services.web.storage.sessions import select_session

blueprint = Blueprint("citations", __name__, url_prefix="/api/sessions/<session_id>/messages/<message_id>")


async def users_message(session_id: str, message_id: str) -> StoredMessage:
    """A message of one of the user's chats. Raises NotFound."""
    session = int_id(session_id, "session")
    await select_session(deps().people, user().id, session)
    return await own_message(deps().people, session, int_id(message_id, "message"))


@blueprint.get("/sources/<n>/diff/")
@tag(["sessions"])
@login_required
@validate_response(SourceDiff)
async def get_source_diff(session_id: str, message_id: str, n: str) -> SourceDiff:
    """A passage as it was cited against what stands in its place now, word by word."""
    message = await users_message(session_id, message_id)
    return await deps().citations.diff(user().username, message, int_id(n, "source"))
