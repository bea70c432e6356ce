"""Thumbs on answers: one from documents that is found good is kept as a pin, which the self-test asks again."""

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from services.web.api.citations import users_message
from services.web.api.common import deps, login_required, user
from services.web.chat.feedback import rate
from services.web.storage.messages import Thumb

blueprint = Blueprint("feedback", __name__, url_prefix="/api/sessions/<session_id>/messages/<message_id>/feedback")


class FeedbackBody(msgspec.Struct, frozen=True):
    thumb: Thumb


class Feedback(msgspec.Struct, frozen=True):
    """`passages` says to how many passages the question is pinned now; 0 for an answer without documents."""

    message_id: int
    thumb: Thumb
    passages: int


@blueprint.put("/")
@tag(["sessions"])
@login_required
@validate_request(FeedbackBody)
@validate_response(Feedback)
async def put_feedback(session_id: str, message_id: str, data: FeedbackBody) -> Feedback:
    """Find an answer good or bad. The question of a good one from documents is pinned to the passages it was answered
    from."""
    message = await users_message(session_id, message_id)
    return Feedback(message.id, data.thumb, await rate(deps().people, user(), message, data.thumb))


@blueprint.delete("/")
@tag(["sessions"])
@login_required
async def delete_feedback(session_id: str, message_id: str) -> tuple[str, int]:
    """Take it back."""
    await rate(deps().people, user(), await users_message(session_id, message_id), None)
    return "", 204
