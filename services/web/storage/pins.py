"""Pins: questions whose answers somebody found good, with the passages they were answered from."""

from collections.abc import Sequence

import msgspec

from services.web.storage.database import Reader, Transaction
from services.web.storage.messages import Json
from services.web.storage.values import now


class Pin(msgspec.Struct, frozen=True):
    """`targets` are sources as they are stored with the answer `message_id` in the chat `session_id`; `context` is what
    the question leaned on."""

    message_id: int
    session_id: int
    question: str
    context: str
    targets: list[Json]


async def upsert_pin(
    tx: Transaction, user_id: int, message_id: int, *, question: str, context: str, targets: Sequence[Json]
) -> None:
    """Pin an answer; one that is pinned stays as it is."""
    await tx.run(
        "INSERT INTO pins (message_id, user_id, question, context, targets, created_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (message_id, user_id, question, context, msgspec.json.encode(targets).decode(), now()),
    )


async def delete_pin(tx: Transaction, user_id: int, message_id: int) -> None:
    await tx.run("DELETE FROM pins WHERE message_id = ? AND user_id = ?", (message_id, user_id))


async def select_pins(db: Reader, user_id: int, limit: int) -> list[Pin]:
    """A person's newest pins, newest first."""
    rows = await db.all(
        "SELECT p.message_id, m.session_id, p.question, p.context, p.targets FROM pins p"
        " JOIN messages m ON m.id = p.message_id JOIN chat_sessions s ON s.id = m.session_id"
        " WHERE p.user_id = ? AND s.deleted_at IS NULL ORDER BY p.created_at DESC, p.message_id DESC LIMIT ?",
        (user_id, limit),
    )
    return [
        Pin(
            message_id=row["message_id"],
            session_id=row["session_id"],
            question=row["question"],
            context=row["context"],
            targets=msgspec.json.decode(row["targets"]),
        )
        for row in rows
    ]
