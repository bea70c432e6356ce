"""The list of a person's chats: where each lies (pinned, archived, in a folder), and the deleted ones behind it."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from services.web.storage.database import Reader, Transaction
from services.web.storage.sessions import SELECT_SESSION, StoredSession, session_of
from services.web.storage.values import now


class Place(msgspec.Struct, frozen=True):
    """What to look for, or where to move to; None: any, or as it is. `folder` '' is none."""

    pinned: bool | None = None
    archived: bool | None = None
    folder: str | None = None

    def given(self) -> dict[str, Any]:
        """Column → value of what is not None."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class Folder(msgspec.Struct, frozen=True):
    name: str
    count: int


async def select_sessions(
    db: Reader, user_id: int, place: Place, *, limit: int, before: int | None = None
) -> list[StoredSession]:
    """Pinned ones first, then by last use. `before` is the id of the chat that the page goes on after."""
    given = place.given()
    sql = SELECT_SESSION + "".join(f" AND s.{column} = ?" for column in given)
    params = [user_id, *given.values()]
    if before is not None:
        sql += (
            " AND (s.pinned, s.updated_at, s.id) <"
            " (SELECT pinned, updated_at, id FROM chat_sessions WHERE id = ? AND user_id = ?)"
        )
        params += [before, user_id]
    rows = await db.all(f"{sql} ORDER BY s.pinned DESC, s.updated_at DESC, s.id DESC LIMIT ?", (*params, limit))
    return [session_of(row) for row in rows]


async def select_folders(db: Reader, user_id: int) -> list[Folder]:
    """Folders that hold chats outside the archive, by name, with how many."""
    rows = await db.all(
        "SELECT folder AS name, count(*) AS count FROM chat_sessions"
        " WHERE user_id = ? AND deleted_at IS NULL AND archived = 0 AND folder != '' GROUP BY folder ORDER BY folder",
        (user_id,),
    )
    return [Folder(row["name"], row["count"]) for row in rows]


async def select_own(db: Reader, user_id: int, ids: Sequence[int], *, deleted: bool = False) -> list[int]:
    """Those of the ids that are this person's chats, there or (with `deleted`) deleted, in their order."""
    rows = await db.all(
        "SELECT id FROM chat_sessions WHERE user_id = ? AND (deleted_at IS NOT NULL) = ?"
        " AND id IN (SELECT value FROM json_each(?))",
        (user_id, deleted, json.dumps(list(ids))),
    )
    own = {row["id"] for row in rows}
    return [one for one in dict.fromkeys(ids) if one in own]


async def update_places(tx: Transaction, user_id: int, ids: Sequence[int], place: Place) -> None:
    """Move chats; what is not theirs stays."""
    given = place.given()
    if given:
        await tx.run(
            f"UPDATE chat_sessions SET {', '.join(f'{column} = ?' for column in given)}"
            " WHERE user_id = ? AND deleted_at IS NULL AND id IN (SELECT value FROM json_each(?))",
            (*given.values(), user_id, json.dumps(list(ids))),
        )


async def update_deleted(tx: Transaction, user_id: int, ids: Sequence[int], *, deleted: bool) -> None:
    """Hide chats from everything, or bring them back."""
    await tx.run(
        "UPDATE chat_sessions SET deleted_at = ? WHERE user_id = ? AND (deleted_at IS NULL) = ?"
        " AND id IN (SELECT value FROM json_each(?))",
        (now() if deleted else None, user_id, deleted, json.dumps(list(ids))),
    )


async def update_deleted_later(tx: Transaction) -> None:
    """Date chats that were deleted later than now as deleted now."""
    await tx.run("UPDATE chat_sessions SET deleted_at = ?1 WHERE deleted_at > ?1", (now(),))


class DeletedSession(msgspec.Struct, frozen=True):
    id: int
    user_id: int
    deleted_at: str


async def select_next_deleted(db: Reader) -> DeletedSession | None:
    """The chat that has been deleted the longest."""
    row = await db.one(
        "SELECT id, user_id, deleted_at FROM chat_sessions WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 1"
    )
    return DeletedSession(**dict(row)) if row else None
