"""Whole chats in and out of the database."""

from collections.abc import Sequence
from typing import Any

import msgspec

from services.web.storage.database import Database, Reader, Transaction
from services.web.storage.values import now


class ImportedMessage(msgspec.Struct, frozen=True):
    """`parent` is the place of another message before it in the list, counted from 0."""

    parent: int | None
    role: str
    status: str
    content: str
    created_at: str
    rag_context: str | None
    sources: str
    usage: str | None
    timings: str | None
    error: str | None
    thumb: str | None


class ImportedSession(msgspec.Struct, frozen=True):
    """`shown` is a place in `messages`."""

    title: str
    title_is_default: bool
    settings: dict[str, Any]
    created_at: str
    updated_at: str
    pinned: bool
    archived: bool
    folder: str
    origin: str | None
    shown: int | None
    messages: Sequence[ImportedMessage]


async def select_session_ids(db: Reader, user_id: int) -> list[int]:
    """All chats of a person, oldest first, the archived ones too."""
    rows = await db.all("SELECT id FROM chat_sessions WHERE user_id = ? AND deleted_at IS NULL ORDER BY id", (user_id,))
    return [row["id"] for row in rows]


async def select_origin(db: Reader, session_id: int) -> str | None:
    row = await db.one("SELECT origin FROM chat_sessions WHERE id = ?", (session_id,))
    return row["origin"] if row else None


async def select_is_here(db: Reader, user_id: int, session: ImportedSession) -> bool:
    """Whether this person has the chat: one that came from the same place, or was begun in the same millisecond and
    holds as many messages."""
    row = await db.one(
        "SELECT 1 FROM chat_sessions s WHERE s.user_id = ?1 AND s.deleted_at IS NULL AND (s.origin = ?2 OR"
        " (s.created_at = ?3 AND (SELECT count(*) FROM messages m WHERE m.session_id = s.id) = ?4)) LIMIT 1",
        (user_id, session.origin, session.created_at, len(session.messages)),
    )
    return row is not None


async def insert_imported(db: Database, user_id: int, session: ImportedSession) -> int | None:
    """The new chat's id, all of it or nothing; None when it is here already."""
    async with db.write() as tx:
        if await select_is_here(tx, user_id, session):
            return None
        # One that was deleted may come in again.
        forget = "UPDATE chat_sessions SET origin = NULL WHERE user_id = ? AND origin = ?"
        await tx.run(forget, (user_id, session.origin))
        session_id = await tx.insert(
            "INSERT INTO chat_sessions (user_id, title, title_is_default, settings, created_at, updated_at, pinned,"
            " archived, folder, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                user_id,
                session.title,
                session.title_is_default,
                msgspec.json.encode(session.settings).decode(),
                session.created_at,
                session.updated_at,
                session.pinned,
                session.archived,
                session.folder,
                session.origin,
            ),
        )
        ids = await _insert_messages(tx, session_id, session.messages)
        leaf = ids[-1] if session.shown is None and ids else None
        leaf = ids[session.shown] if session.shown is not None else leaf
        await tx.run("UPDATE chat_sessions SET leaf_id = ? WHERE id = ?", (leaf, session_id))
    return session_id


async def _insert_messages(tx: Transaction, session_id: int, messages: Sequence[ImportedMessage]) -> list[int]:
    row = await tx.one("SELECT seq FROM sqlite_sequence WHERE name = 'messages'")
    first = (int(row["seq"]) if row else 0) + 1
    ids = list(range(first, first + len(messages)))
    await tx.many(
        "INSERT INTO messages (id, session_id, parent_id, role, status, content, created_at, rag_context, sources,"
        " usage, timings, error, thumb) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                ids[at],
                session_id,
                None if one.parent is None else ids[one.parent],
                one.role,
                one.status,
                one.content,
                one.created_at or now(),
                one.rag_context,
                one.sources,
                one.usage,
                one.timings,
                one.error,
                one.thumb,
            )
            for at, one in enumerate(messages)
        ],
    )
    return ids
