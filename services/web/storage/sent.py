"""Questions by the name their browser gave them."""

from services.web.storage.database import Reader, Transaction


async def select_sent(db: Reader, session_id: int, client_id: str) -> int | None:
    """The message that was stored under this name, also when it was deleted since."""
    row = await db.one(
        "SELECT message_id FROM sent_messages WHERE session_id = ? AND client_id = ?", (session_id, client_id)
    )
    return int(row["message_id"]) if row else None


async def insert_sent(tx: Transaction, session_id: int, client_id: str, message_id: int) -> None:
    await tx.run(
        "INSERT INTO sent_messages (session_id, client_id, message_id) VALUES (?, ?, ?)",
        (session_id, client_id, message_id),
    )
