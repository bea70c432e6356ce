"""What was said. An assistant message is there from the start of its run, with its content so far.

Messages are a tree (services/web/storage/tree.py); what is listed is the branch that is shown.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from services.web.storage.database import Reader, Row, Transaction
from services.web.storage.tree import BRANCH, select_leaf, update_leaf
from services.web.storage.values import now, pack_tokens, unpack_tokens

Status = Literal["queued", "running", "done", "stopped", "failed"]
Thumb = Literal["up", "down"]
Json = dict[str, Any]

_COLUMNS = """
m.id, m.session_id, m.parent_id, m.role, m.status, m.content, m.rag_context, m.sources, m.usage, m.timings, m.error,
m.tokens, m.tokens_model, m.run_id, m.thumb, m.created_at
"""
_BARE = f"SELECT {_COLUMNS}, '[]' AS versions, NULL AS finish_reason, NULL AS template, NULL AS context FROM messages m"
_FULL = f"""
SELECT {_COLUMNS}, r.finish_reason, r.template, r.context, (
    SELECT json_group_array(v.id) FROM messages v
    WHERE v.session_id = m.session_id AND v.parent_id IS m.parent_id) AS versions
FROM messages m LEFT JOIN runs r ON r.id = m.run_id
"""


class StoredMessage(msgspec.Struct, frozen=True):
    """`tokens` are an answer as generated, of the vocabulary of `tokens_model`. `versions` are the ids of all messages
    with the same parent, this one among them; they, `finish_reason`, `template` and `context` are left out of a
    branch."""

    id: int
    session_id: int
    role: Literal["user", "assistant", "system"]
    status: Status
    content: str
    created_at: str
    rag_context: str | None = None
    sources: list[Json] = []
    usage: Json | None = None
    timings: Json | None = None
    error: Json | None = None
    tokens: tuple[int, ...] | None = None
    tokens_model: str | None = None
    run_id: str | None = None
    parent_id: int | None = None
    versions: tuple[int, ...] = ()
    thumb: Thumb | None = None
    finish_reason: str | None = None
    template: str | None = None
    context: Json | None = None


def _message(row: Row) -> StoredMessage:
    return StoredMessage(
        id=row["id"],
        session_id=row["session_id"],
        role=row["role"],
        status=row["status"],
        content=row["content"],
        created_at=row["created_at"],
        rag_context=row["rag_context"],
        sources=msgspec.json.decode(row["sources"]),
        usage=_decoded(row["usage"]),
        timings=_decoded(row["timings"]),
        error=_decoded(row["error"]),
        tokens=unpack_tokens(row["tokens"]) if row["tokens"] is not None else None,
        tokens_model=row["tokens_model"],
        run_id=row["run_id"],
        parent_id=row["parent_id"],
        versions=tuple(sorted(msgspec.json.decode(row["versions"]))),
        thumb=row["thumb"],
        finish_reason=row["finish_reason"],
        template=row["template"],
        context=_decoded(row["context"]),
    )


def _decoded(text: str | None) -> Json | None:
    return msgspec.json.decode(text) if text else None


async def select_messages(db: Reader, session_id: int, *, limit: int, before: int | None) -> list[StoredMessage]:
    """Of the branch that is shown the newest `limit` messages older than the id `before`, oldest first. The caller has
    checked the owner."""
    return await _select_branch(db, _FULL, await select_leaf(db, session_id), limit, before)


async def select_branch(db: Reader, leaf_id: int | None, *, limit: int) -> list[StoredMessage]:
    """The last `limit` messages of the branch that ends with `leaf_id`, oldest first."""
    return await _select_branch(db, _BARE, leaf_id, limit, None)


async def _select_branch(
    db: Reader, select: str, leaf_id: int | None, limit: int, before: int | None
) -> list[StoredMessage]:
    rows = await db.all(
        f"{BRANCH} {select} WHERE m.id IN (SELECT id FROM branch WHERE id < ? ORDER BY id DESC LIMIT ?) ORDER BY m.id",
        (leaf_id, before if before is not None else 2**62, limit),
    )
    return [_message(row) for row in rows]


async def select_all_versions(db: Reader, session_id: int) -> list[StoredMessage]:
    """The whole tree of a chat: parents before their children."""
    rows = await db.all(f"{_FULL} WHERE m.session_id = ? ORDER BY m.id", (session_id,))
    return [_message(row) for row in rows]


async def select_message(db: Reader, message_id: int) -> StoredMessage | None:
    row = await db.one(f"{_FULL} WHERE m.id = ?", (message_id,))
    return _message(row) if row else None


async def select_last_answer(db: Reader, session_id: int) -> StoredMessage | None:
    """The newest one, in whichever branch."""
    row = await db.one(
        f"{_FULL} WHERE m.session_id = ? AND m.role = 'assistant' ORDER BY m.id DESC LIMIT 1", (session_id,)
    )
    return _message(row) if row else None


async def select_question(db: Reader, answer_id: int) -> StoredMessage | None:
    """What an answer is the answer to."""
    row = await db.one(
        f"{_FULL} WHERE m.role = 'user' AND m.id = (SELECT parent_id FROM messages WHERE id = ?)", (answer_id,)
    )
    return _message(row) if row else None


class CitingMessage(msgspec.Struct, frozen=True):
    """An answer and who reads it."""

    id: int
    session_id: int
    username: str
    sources: list[Json]


async def select_citing_messages(
    db: Reader, session_ids: Sequence[int], document_ids: Sequence[str], paths: Sequence[str]
) -> list[CitingMessage]:
    """Answers in these chats with a source from one of the documents, or from a document that lay at one of the
    paths."""
    rows = await db.all(
        "SELECT m.id, m.session_id, u.username, m.sources FROM messages m JOIN chat_sessions s ON s.id = m.session_id"
        " JOIN users u ON u.id = s.user_id"
        " WHERE m.session_id IN (SELECT value FROM json_each(?)) AND m.sources != '[]' AND EXISTS ("
        "SELECT 1 FROM json_each(m.sources) o"
        " WHERE json_extract(o.value, '$.document_id') IN (SELECT value FROM json_each(?))"
        " OR json_extract(o.value, '$.path') IN (SELECT value FROM json_each(?)))",
        tuple(msgspec.json.encode(values).decode() for values in (session_ids, document_ids, paths)),
    )
    return [
        CitingMessage(row["id"], row["session_id"], row["username"], msgspec.json.decode(row["sources"]))
        for row in rows
    ]


async def insert_message(
    tx: Transaction, session_id: int, role: str, content: str, status: Status, run_id: str | None
) -> int:
    """Say something at the end of the branch that is shown."""
    leaf = await select_leaf(tx, session_id)
    return await insert_message_under(tx, session_id, leaf, role, content, status=status, run_id=run_id)


async def insert_message_under(
    tx: Transaction,
    session_id: int,
    parent_id: int | None,
    role: str,
    content: str,
    *,
    status: Status = "done",
    run_id: str | None = None,
    created_at: str | None = None,
) -> int:
    """Say something after a message of this chat, or at its beginning where that is None: the newest version there. Its
    branch is shown from now on. Returns its id."""
    message_id = await tx.insert(
        "INSERT INTO messages (session_id, parent_id, role, status, content, run_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (session_id, parent_id, role, status, content, run_id, created_at or now()),
    )
    await update_leaf(tx, session_id, message_id)
    return message_id


async def update_message_context(
    tx: Transaction, message_id: int, *, rag_context: str | None, sources: list[Json]
) -> None:
    """What the library said for this answer, kept as it was prompted."""
    await tx.run(
        "UPDATE messages SET rag_context = ?, sources = ? WHERE id = ?",
        (rag_context, msgspec.json.encode(sources).decode(), message_id),
    )


async def update_thumb(tx: Transaction, message_id: int, thumb: Thumb | None) -> None:
    await tx.run("UPDATE messages SET thumb = ? WHERE id = ?", (thumb, message_id))


async def update_message_end(
    tx: Transaction,
    message_id: int,
    *,
    status: Status,
    content: str,
    tokens: tuple[int, ...],
    tokens_model: str,
    usage: Json | None,
    timings: Json | None,
    error: Json | None,
) -> None:
    await tx.run(
        "UPDATE messages SET status = ?, content = ?, tokens = ?, tokens_model = ?, usage = ?, timings = ?, error = ?"
        " WHERE id = ?",
        (
            status,
            content,
            pack_tokens(tokens),
            tokens_model,
            _json(usage),
            _json(timings),
            _json(error),
            message_id,
        ),
    )


def _json(value: Json | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
