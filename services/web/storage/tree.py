"""The tree of a chat's messages: its branches, its versions, and which branch is shown.

A message is newer (has a higher id) than its parent, so a branch in the order of ids is a conversation.
"""

from services.web.storage.database import Reader, Transaction

BRANCH = """
WITH RECURSIVE branch(id, parent_id) AS (
    SELECT id, parent_id FROM messages WHERE id = ?
    UNION ALL SELECT m.id, m.parent_id FROM branch b JOIN messages m ON m.id = b.parent_id
)
"""
"""From a message up to the first one."""

_UNDER = """
WITH RECURSIVE under(id) AS (
    SELECT id FROM messages WHERE id = ?
    UNION ALL SELECT m.id FROM under u JOIN messages m ON m.parent_id = u.id
)
"""


async def select_leaf(db: Reader, session_id: int) -> int | None:
    """The last message of the branch that is shown."""
    row = await db.one("SELECT leaf_id FROM chat_sessions WHERE id = ?", (session_id,))
    return row["leaf_id"] if row else None


async def update_leaf(tx: Transaction, session_id: int, message_id: int | None) -> None:
    """Show the branch that ends with this message. The caller has checked that it is of this chat."""
    await tx.run("UPDATE chat_sessions SET leaf_id = ? WHERE id = ?", (message_id, session_id))


async def select_newest_under(db: Reader, message_id: int) -> int:
    """The newest message under this one, or itself: where its newest branch ends."""
    row = await db.one(f"{_UNDER} SELECT max(id) AS newest FROM under", (message_id,))
    return int(row["newest"]) if row and row["newest"] is not None else message_id


async def select_newest(db: Reader, session_id: int) -> int | None:
    row = await db.one("SELECT max(id) AS newest FROM messages WHERE session_id = ?", (session_id,))
    return row["newest"] if row else None


async def select_is_under(db: Reader, message_id: int, above_id: int) -> bool:
    """Whether a message is `above_id` or was said after it in its branch."""
    row = await db.one(f"{BRANCH} SELECT 1 FROM branch WHERE id = ?", (message_id, above_id))
    return row is not None


async def select_running_under(db: Reader, message_id: int) -> bool:
    """Whether this message or one under it is being made, or waits to be."""
    row = await db.one(
        f"{_UNDER} SELECT 1 FROM under JOIN messages m USING (id) WHERE m.status IN ('queued', 'running') LIMIT 1",
        (message_id,),
    )
    return row is not None


async def select_children(db: Reader, message_id: int) -> list[int]:
    """Ids of what was said directly after a message, oldest first."""
    rows = await db.all("SELECT id FROM messages WHERE parent_id = ? ORDER BY id", (message_id,))
    return [row["id"] for row in rows]


async def delete_under(tx: Transaction, message_id: int) -> int:
    """Delete a message and everything under it, with its runs; how many messages went."""
    return await tx.run(f"{_UNDER} DELETE FROM messages WHERE id IN (SELECT id FROM under)", (message_id,))
