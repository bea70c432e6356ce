"""What was said. An assistant message is there from the start of its run, with its content so far."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from services.web.storage.database import Reader, Row, Transaction
from services.web.storage.values import now, pack_tokens, unpack_tokens

Status = Literal["queued", "running", "done", "stopped", "failed"]
Json = dict[str, Any]

_COLUMNS = (
    "m.id, m.session_id, m.role, m.status, m.content, m.rag_context, m.sources, m.usage, m.timings, m.error,"
    " m.tokens, m.tokens_model, m.run_id, m.created_at"
)


class StoredMessage(msgspec.Struct, frozen=True):
    """`tokens` are an answer as generated, of the vocabulary of `tokens_model`."""

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
        usage=msgspec.json.decode(row["usage"]) if row["usage"] else None,
        timings=msgspec.json.decode(row["timings"]) if row["timings"] else None,
        error=msgspec.json.decode(row["error"]) if row["error"] else None,
        tokens=unpack_tokens(row["tokens"]) if row["tokens"] is not None else None,
        tokens_model=row["tokens_model"],
        run_id=row["run_id"],
    )


async def select_messages(db: Reader, session_id: int, *, limit: int, before: int | None) -> list[StoredMessage]:
    """The newest `limit` messages older than the id `before`, oldest first. The caller has checked the owner."""
    rows = await db.all(
        f"SELECT {_COLUMNS} FROM messages m WHERE m.session_id = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?",
        (session_id, before if before is not None else 2**62, limit),
    )
    return [_message(row) for row in reversed(rows)]


async def select_message(db: Reader, message_id: int) -> StoredMessage | None:
    row = await db.one(f"SELECT {_COLUMNS} FROM messages m WHERE m.id = ?", (message_id,))
    return _message(row) if row else None


async def select_last_answer(db: Reader, session_id: int) -> StoredMessage | None:
    row = await db.one(
        f"SELECT {_COLUMNS} FROM messages m WHERE m.session_id = ? AND m.role = 'assistant' ORDER BY m.id DESC LIMIT 1",
        (session_id,),
    )
    return _message(row) if row else None


async def select_question(db: Reader, answer_id: int) -> StoredMessage | None:
    """What an answer was the answer to."""
    row = await db.one(
        f"SELECT {_COLUMNS} FROM runs r JOIN messages m ON m.id = r.user_message_id WHERE r.message_id = ?",
        (answer_id,),
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
    return await tx.insert(
        "INSERT INTO messages (session_id, role, status, content, run_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (session_id, role, status, content, run_id, now()),
    )


async def update_message_context(
    tx: Transaction, message_id: int, *, rag_context: str | None, sources: list[Json]
) -> None:
    """What the library said for this answer, kept as it was prompted."""
    await tx.run(
        "UPDATE messages SET rag_context = ?, sources = ? WHERE id = ?",
        (rag_context, msgspec.json.encode(sources).decode(), message_id),
    )


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
