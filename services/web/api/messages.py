"""Single messages of a chat."""

from quart import Blueprint
from quart_schema import tag

from services.web.api.common import deps, int_id, login_required, user

blueprint = Blueprint("messages", __name__, url_prefix="/api/sessions/<session_id>/messages/<message_id>")


@blueprint.delete("/")
@tag(["sessions"])
@login_required
async def delete_message(session_id: str, message_id: str) -> tuple[str, int]:
    """Delete a message with all that was said after it. Not while an answer under it is being made."""
    session, number = int_id(session_id, "session"), int_id(message_id, "message")
    await deps().runs.branches.delete(user(), session, number)
    return "", 204
