"""How a run begins: the one transaction that stores what is asked, where in the tree, and the run that answers it."""

import secrets
from dataclasses import dataclass

from services.core.errors import BadRequest, Conflict, NotFound, RunInProgress
from services.core.protocol.frames import Priority
from services.web.chat.settings import MAX_SEED, ChatSettings, resolve
from services.web.chat.titles import title_of
from services.web.storage.database import Reader, Transaction
from services.web.storage.messages import StoredMessage, insert_message_under, select_message
from services.web.storage.runs import StoredRun, insert_run, select_run, select_used_rag, update_run_again
from services.web.storage.sent import insert_sent
from services.web.storage.sessions import StoredSession, select_session, touch_session
from services.web.storage.tree import select_children, select_leaf, update_leaf
from services.web.storage.users import User


@dataclass(frozen=True, slots=True)
class Chat:
    """Whose chat, and the defaults of its settings."""

    user: User
    session_id: int
    base: ChatSettings


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `use_rag` None takes the chat's setting; `edit_of` is the question it words anew; `client_id` is
    the name a browser gave it, under which it is stored once however often it is sent."""

    content: str
    use_rag: bool | None = None
    edit_of: int | None = None
    priority: Priority = "interactive"
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """`told` is the message that viewers do not know yet; `titled` when the chat took its title from the question."""

    run: StoredRun
    told: int
    titled: bool = False


async def own_message(db: Reader, session_id: int, message_id: int) -> StoredMessage:
    """Raises NotFound for a message of another chat, too."""
    message = await select_message(db, message_id)
    if message is None or message.session_id != session_id:
        raise NotFound(f"no message {message_id} in this chat", message_id=message_id)
    return message


async def begin_question(tx: Transaction, chat: Chat, asked: Question) -> Begun:
    """A question at the end of the branch that is shown, or beside the one it is another version of. Raises NotFound,
    BadRequest."""
    session = await select_session(tx, chat.user.id, chat.session_id)
    settings = resolve(session.overrides, chat.base)
    parent_id = await select_leaf(tx, chat.session_id)
    if asked.edit_of is not None:
        before = await own_message(tx, chat.session_id, asked.edit_of)
        if before.role != "user":
            raise BadRequest("only a question can be worded anew", field="edit_of")
        parent_id = before.parent_id
    question_id = await insert_message_under(tx, chat.session_id, parent_id, "user", asked.content)
    if asked.client_id is not None:
        await insert_sent(tx, chat.session_id, asked.client_id, question_id)
    use_rag = settings.use_rag if asked.use_rag is None else asked.use_rag
    run = await _insert_answer(tx, session, question_id, use_rag, _seed(settings), asked.priority)
    await touch_session(tx, chat.user.id, chat.session_id, title_of(asked.content))
    return Begun(run, question_id, session.title_is_default)


async def begin_version(tx: Transaction, chat: Chat, message_id: int, use_rag: bool | None) -> Begun:
    """Another answer to a question, named by itself or by one of its answers. With a fixed seed each version has the
    next one: the same would say the same. Raises NotFound, BadRequest, RunInProgress."""
    session = await select_session(tx, chat.user.id, chat.session_id)
    settings = resolve(session.overrides, chat.base)
    question = await _question_of(tx, await own_message(tx, chat.session_id, message_id))
    answers = await select_children(tx, question.id)
    for answer_id in answers:
        answer = await own_message(tx, chat.session_id, answer_id)
        if answer.status in ("queued", "running"):
            raise RunInProgress("this question is being answered; stop it or wait")
    if use_rag is None:
        before = await select_used_rag(tx, question.id)
        use_rag = settings.use_rag if before is None else before
    run = await _insert_answer(tx, session, question.id, use_rag, _seed(settings, len(answers)), "interactive")
    await touch_session(tx, chat.user.id, chat.session_id, None)
    return Begun(run, run.message_id)


async def begin_again(tx: Transaction, chat: Chat, message_id: int) -> Begun:
    """A cut answer goes on: in its message and its run, with what was said as it was said. Raises NotFound, BadRequest,
    Conflict, RunInProgress."""
    await select_session(tx, chat.user.id, chat.session_id)
    answer = await own_message(tx, chat.session_id, message_id)
    run = await select_run(tx, answer.run_id, chat.session_id) if answer.run_id else None
    if answer.role != "assistant" or run is None:
        raise BadRequest("only an answer that was given here can go on", field="message_id")
    if answer.status in ("queued", "running"):
        raise RunInProgress("this answer is being made")
    if not answer.tokens or (answer.status == "done" and answer.finish_reason != "length"):
        raise BadRequest("this answer was not cut off; ask for another one instead", field="message_id")
    if await select_children(tx, answer.id):
        raise Conflict("the chat went on after this answer; only the last one of a branch can go on")
    await update_leaf(tx, chat.session_id, answer.id)
    await touch_session(tx, chat.user.id, chat.session_id, None)
    return Begun(await update_run_again(tx, run, len(answer.tokens)), answer.id)


async def _question_of(tx: Transaction, message: StoredMessage) -> StoredMessage:
    if message.role == "user":
        return message
    question = await select_message(tx, message.parent_id) if message.parent_id is not None else None
    if message.role != "assistant" or question is None or question.role != "user":
        raise BadRequest("this message answers no question", field="message_id")
    return question


def _seed(settings: ChatSettings, version: int = 0) -> int:
    return secrets.randbelow(MAX_SEED) if settings.seed is None else (settings.seed + version) % (MAX_SEED + 1)


async def _insert_answer(
    tx: Transaction, session: StoredSession, question_id: int, use_rag: bool, seed: int, priority: Priority
) -> StoredRun:
    run_id = secrets.token_hex(8)
    answer_id = await insert_message_under(tx, session.id, question_id, "assistant", "", status="queued", run_id=run_id)
    return await insert_run(
        tx,
        run_id,
        session_id=session.id,
        user_message_id=question_id,
        message_id=answer_id,
        use_rag=use_rag,
        seed=seed,
        priority=priority,
    )
