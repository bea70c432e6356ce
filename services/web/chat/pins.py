"""A thumb up on an answer from documents pins its question to the passages that answered it."""

import re
from collections.abc import Sequence

from services.core.errors import BadRequest, NotFound
from services.web.chat.prompt import turns_of
from services.web.chat.retrieval import leaning
from services.web.library.followup import MAX_BACK
from services.web.storage.database import Database
from services.web.storage.messages import Json, StoredMessage, select_branch, select_question
from services.web.storage.pins import delete_pin, upsert_pin
from services.web.storage.users import User

_MARK = re.compile(r"\[(\d{1,3})\]")


def targets_of(content: str, sources: Sequence[Json]) -> list[Json]:
    """The sources that an answer names like [1]; the best one where it names none."""
    named = {int(number) for number in _MARK.findall(content)}
    return [source for source in sources if source["n"] in named] or list(sources[:1])


async def pin(people: Database, user: User, answer: StoredMessage) -> int:
    """Pin an answer; how many passages it is pinned to. Raises BadRequest for an answer without sources, or one that is
    still being made."""
    if answer.role != "assistant" or not answer.sources:
        raise BadRequest("only an answer that was given from documents can be pinned", field="thumb")
    if answer.status in ("queued", "running"):
        raise BadRequest("the answer is still being made", field="thumb")
    targets = targets_of(answer.content, answer.sources)
    question = await select_question(people, answer.id)
    if question is None:
        raise NotFound(f"the question of message {answer.id} is gone")
    earlier = await select_branch(people, question.parent_id, limit=2 * MAX_BACK)
    context = leaning(question.content, turns_of(earlier))
    async with people.write() as tx:
        await upsert_pin(tx, user.id, answer.id, question=question.content, context=context, targets=targets)
    return len(targets)


async def unpin(people: Database, user: User, answer: StoredMessage) -> None:
    """Undo; harmless when it was not pinned."""
    async with people.write() as tx:
        await delete_pin(tx, user.id, answer.id)
