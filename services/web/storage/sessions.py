"""Chats. Every statement holds the owner check."""

from typing import Any

import msgspec

from services.core.errors import NotFound
from services.web.storage.database import Database, Reader, Row, Transaction
from services.web.storage.values import now

DEFAULT_TITLE = "New Chat"

SELECT_SESSION = """
SELECT s.id, s.user_id, s.title, s.title_is_default, s.settings, s.created_at, s.updated_at,
       (SELECT count(*) FROM messages m WHERE m.session_id = s.id) AS message_count,
       EXISTS (SELECT 1 FROM runs r WHERE r.session_id = s.id AND r.status IN ('queued', 'running')) AS running,
       s.pinned, s.archived, s.folder
FROM chat_sessions s WHERE s.user_id = ? AND s.deleted_at IS NULL
"""


class StoredSession(msgspec.Struct, frozen=True):
    """`overrides` are the settings that differ from the defaults."""

    id: int
    user_id: int
    title: str
    title_is_default: bool
    overrides: dict[str, Any]
    created_at: str
    updated_at: str
    message_count: int
    running: bool
    pinned: bool = False
    archived: bool = False
    folder: str = ""
    """'' for none."""


def session_of(row: Row) -> StoredSession:
    return StoredSession(
        id=row["id"],
        user_id=row["user_id"],
        title=row["title"],
        title_is_default=bool(row["title_is_default"]),
        overrides=msgspec.json.decode(row["settings"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        message_count=row["message_count"],
        running=bool(row["running"]),
        pinned=bool(row["pinned"]),
        archived=bool(row["archived"]),
        folder=row["folder"],
    )


async def select_session(db: Reader, user_id: int, session_id: int) -> StoredSession:
    """Raises NotFound, also for somebody else's session."""
    row = await db.one(f"{SELECT_SESSION} AND s.id = ?", (user_id, session_id))
    if row is None:
        raise NotFound(f"no session {session_id}")
    return session_of(row)


async def insert_session(
    db: Database, user_id: int, title: str | None, overrides: dict[str, Any], folder: str = ""
) -> StoredSession:
    moment = now()
    async with db.write() as tx:
        session_id = await tx.insert(
            "INSERT INTO chat_sessions (user_id, title, title_is_default, settings, folder, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                user_id,
                title or DEFAULT_TITLE,
                title is None,
                msgspec.json.encode(overrides).decode(),
                folder,
                moment,
                moment,
            ),
        )
        return await select_session(tx, user_id, session_id)


async def update_session(
    tx: Transaction, user_id: int, session_id: int, *, title: str | None, overrides: dict[str, Any] | None
) -> StoredSession:
    """None leaves a column as it is. A title set here is no longer replaced by the first question. Raises NotFound."""
    await select_session(tx, user_id, session_id)
    if title is not None:
        await tx.run(
            "UPDATE chat_sessions SET title = ?, title_is_default = 0 WHERE id = ? AND user_id = ?",
            (title, session_id, user_id),
        )
    if overrides is not None:
        await tx.run(
            "UPDATE chat_sessions SET settings = ? WHERE id = ? AND user_id = ?",
            (msgspec.json.encode(overrides).decode(), session_id, user_id),
        )
    return await select_session(tx, user_id, session_id)


async def touch_session(tx: Transaction, user_id: int, session_id: int, first_question: str | None) -> None:
    """Move a chat to the top, also out of the archive; `first_question` becomes the title of a chat that still has the
    default one."""
    await tx.run(
        "UPDATE chat_sessions SET updated_at = ?, archived = 0 WHERE id = ? AND user_id = ?",
        (now(), session_id, user_id),
    )
    if first_question:
        await tx.run(
            "UPDATE chat_sessions SET title = ?, title_is_default = 0"
            " WHERE id = ? AND user_id = ? AND title_is_default = 1",
            (first_question, session_id, user_id),
        )


async def delete_session(db: Database, user_id: int, session_id: int) -> None:
    """For good: with its messages, their words in the index, runs and journal. Raises NotFound."""
    async with db.write() as tx:
        if not await tx.run("DELETE FROM chat_sessions WHERE id = ? AND user_id = ?", (session_id, user_id)):
            raise NotFound(f"no session {session_id}")
