"""Questions by file, and how far each has come."""

from typing import Literal

import msgspec

from services.web.storage.database import Reader, Row, Transaction
from services.web.storage.documents import DocumentError
from services.web.storage.values import now


class Ask(msgspec.Struct, frozen=True):
    """What a file asks. `error` says why it could not be read; then there is no question."""

    path: str
    sha256: str
    question: str
    error: DocumentError | None = None


class StoredAsk(msgspec.Struct, frozen=True):
    """`session_id` is the chat it is being answered in, None before one is made (or when that was deleted)."""

    ask: Ask
    state: Literal["waiting", "done"]
    session_id: int | None


_SELECT = "SELECT path, sha256, question, error, state, session_id FROM asks"


def _stored(row: Row) -> StoredAsk:
    error = msgspec.json.decode(row["error"], type=DocumentError) if row["error"] else None
    return StoredAsk(Ask(row["path"], row["sha256"], row["question"], error), row["state"], row["session_id"])


async def select_ask(db: Reader, path: str) -> StoredAsk | None:
    row = await db.one(f"{_SELECT} WHERE path = ?", (path,))
    return _stored(row) if row else None


async def select_next_ask(db: Reader) -> StoredAsk | None:
    """The one that waits longest; one that has a chat already goes first."""
    row = await db.one(f"{_SELECT} WHERE state = 'waiting' ORDER BY session_id IS NULL, created_at, path LIMIT 1")
    return _stored(row) if row else None


async def upsert_ask(tx: Transaction, ask: Ask) -> None:
    """A new question, or a new wording of one: it waits."""
    error = msgspec.json.encode(ask.error).decode() if ask.error else None
    await tx.run(
        "INSERT OR REPLACE INTO asks (path, sha256, question, error, state, session_id, created_at)"
        " VALUES (?, ?, ?, ?, 'waiting', NULL, ?)",
        (ask.path, ask.sha256, ask.question, error, now()),
    )


async def update_ask_session(tx: Transaction, ask: Ask, session_id: int) -> None:
    """Unless the file says something else by now."""
    await tx.run("UPDATE asks SET session_id = ? WHERE path = ? AND sha256 = ?", (session_id, ask.path, ask.sha256))


async def update_ask_done(tx: Transaction, ask: Ask) -> None:
    """Unless the file says something else by now."""
    await tx.run("UPDATE asks SET state = 'done' WHERE path = ? AND sha256 = ?", (ask.path, ask.sha256))


async def delete_ask(tx: Transaction, path: str) -> None:
    await tx.run("DELETE FROM asks WHERE path = ?", (path,))
