"""Thumbs on answers: what is found good is kept as a pin, which the self-test asks again."""

from typing import Literal

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from services.web.api.citations import own_message
from services.web.api.common import deps, login_required, user
from services.web.chat.pins import pin, unpin

blueprint = Blueprint("feedback", __name__, url_prefix="/api/sessions/<session_id>/messages/<message_id>/feedback")


class FeedbackBody(msgspec.Struct, frozen=True):
    thumb: Literal["up"]


class Feedback(msgspec.Struct, frozen=True):
    """`passages` says to how many passages the question is pinned now."""

    message_id: int
    thumb: Literal["up"]
    passages: int


@blueprint.put("/")
@tag(["sessions"])
@login_required
@validate_request(FeedbackBody)
@validate_response(Feedback)
async def put_feedback(session_id: str, message_id: str, data: FeedbackBody) -> Feedback:
    """Find an answer from documents good: its question is pinned to the passages it was answered from."""
    message = await own_message(session_id, message_id)
    return Feedback(message.id, data.thumb, await pin(deps().people, user(), message))


@blueprint.delete("/")
@tag(["sessions"])
@login_required
async def delete_feedback(session_id: str, message_id: str) -> tuple[str, int]:
    """Take it back."""
    await unpin(deps().people, user(), await own_message(session_id, message_id))
    return "", 204
