"""Thumbs on answers."""

from services.core.errors import BadRequest
from services.web.chat.pins import pin, unpin
from services.web.storage.database import Database
from services.web.storage.messages import StoredMessage, Thumb, update_thumb
from services.web.storage.users import User


async def rate(people: Database, user: User, answer: StoredMessage, thumb: Thumb | None) -> int:
    """Keep what somebody thinks of an answer, None takes it back; the number of passages its question is pinned to now.
    Raises BadRequest for what is no answer, or one that is still being made."""
    if answer.role != "assistant":
        raise BadRequest("only answers have thumbs", field="thumb")
    if answer.status in ("queued", "running"):
        raise BadRequest("the answer is still being made", field="thumb")
    passages = 0
    if thumb == "up" and answer.sources:
        passages = await pin(people, user, answer)
    else:
        await unpin(people, user, answer)
    async with people.write() as tx:
        await update_thumb(tx, answer.id, thumb)
    return passages
