"""Finding chats by the words of their titles and messages."""

import json
from collections.abc import Sequence
from typing import Literal

import msgspec

from services.web.storage.database import Reader, Transaction
from services.web.storage.session_list import Place
from services.web.storage.sessions import SELECT_SESSION, StoredSession, session_of

NEWEST = 1000
"""So many matching messages of a person are looked at, the newest ones: a search stays fast for any word."""
MERGE_PAGES = 64

# CROSS JOIN: the index is asked first, and stops when there is enough.
_MESSAGES = """
SELECT m.id, m.session_id FROM message_fts f CROSS JOIN messages m ON m.id = f.rowid
CROSS JOIN chat_sessions s ON s.id = m.session_id
WHERE message_fts MATCH ? AND s.user_id = ? AND s.deleted_at IS NULL ORDER BY f.rowid DESC LIMIT ?
"""
_TITLES = """
SELECT s.id FROM title_fts f CROSS JOIN chat_sessions s ON s.id = f.rowid
WHERE title_fts MATCH ? AND s.user_id = ? AND s.deleted_at IS NULL
"""


class FoundMessage(msgspec.Struct, frozen=True):
    id: int
    role: Literal["user", "assistant", "system"]
    content: str


class Found(msgspec.Struct, frozen=True):
    """Sessions whose title matches, and the newest matching message of each where one does."""

    titles: set[int]
    messages: dict[int, int]


async def select_matches(db: Reader, user_id: int, match: str) -> Found:
    """`match` is an FTS5 expression over prepared words."""
    rows = await db.all(_MESSAGES, (match, user_id, NEWEST))
    newest: dict[int, int] = {}
    for row in rows:
        newest.setdefault(row["session_id"], row["id"])
    titles = await db.all(_TITLES, (match, user_id))
    return Found({row["id"] for row in titles}, newest)


async def select_found_sessions(
    db: Reader, user_id: int, ids: Sequence[int], place: Place, *, limit: int, before: int | None
) -> list[StoredSession]:
    """Those of the ids that lie at `place`, by last use."""
    given = place.given()
    sql = SELECT_SESSION + " AND s.id IN (SELECT value FROM json_each(?))"
    sql += "".join(f" AND s.{column} = ?" for column in given)
    params = [user_id, json.dumps(list(ids)), *given.values()]
    if before is not None:
        sql += " AND (s.updated_at, s.id) < (SELECT updated_at, id FROM chat_sessions WHERE id = ? AND user_id = ?)"
        params += [before, user_id]
    rows = await db.all(f"{sql} ORDER BY s.updated_at DESC, s.id DESC LIMIT ?", (*params, limit))
    return [session_of(row) for row in rows]


async def select_found_messages(db: Reader, ids: Sequence[int]) -> dict[int, FoundMessage]:
    """The caller has checked the owner."""
    rows = await db.all(
        "SELECT id, role, content FROM messages WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return {row["id"]: FoundMessage(**dict(row)) for row in rows}


async def merge_words(tx: Transaction, *, first: bool) -> bool:
    """One small step of rewriting the index without what was deleted; whether there is more to do. The words of a
    deleted row stay in the file until then."""
    changes = "SELECT total_changes() AS n"
    before = await tx.one(changes)
    pages = -MERGE_PAGES if first else MERGE_PAGES
    for table in ("message_fts", "title_fts"):
        await tx.run(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))
    after = await tx.one(changes)
    assert before is not None
    assert after is not None
    return int(after["n"]) - int(before["n"]) > 2  # each call counts as one change where it had nothing to do
