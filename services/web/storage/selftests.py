"""Results of the self-test, a bounded number for each person."""

from typing import Literal

import msgspec

from services.web.storage.database import Reader, Transaction
from services.web.storage.users import User
from services.web.storage.values import now

KEPT = 60


class Lost(msgspec.Struct, frozen=True):
    """A pin that was not found again: `deleted` when its document is gone, `not_found` when others came first."""

    question: str
    title: str
    reason: Literal["not_found", "deleted"]
    document_id: str | None
    session_id: str
    message_id: int


class Result(msgspec.Struct, frozen=True):
    """Of `pins`, `tested` have their document still; `recall_at_k` is the share of these whose passage is among the
    `k` first documents (null when none was tested). `skipped` were not reached in time."""

    pins: int
    tested: int
    skipped: int
    k: int
    recall_at_1: float | None
    recall_at_k: float | None
    lost: list[Lost]
    reason: Literal["asked", "daily", "pinned", "changed"]
    duration_s: float
    setup: str = ""
    ran_at: str = ""


class Pinner(msgspec.Struct, frozen=True):
    """Somebody with pins, and the last result (null before the first)."""

    user: User
    newest_pin: str
    setup: str | None
    ran_at: str | None


async def insert_selftest(tx: Transaction, user_id: int, result: Result) -> Result:
    """The result with its time; the oldest beyond KEPT go."""
    dated = msgspec.structs.replace(result, ran_at=now())
    await tx.run(
        "INSERT INTO selftests (user_id, setup, result, ran_at) VALUES (?, ?, ?, ?)",
        (user_id, dated.setup, msgspec.json.encode(dated).decode(), dated.ran_at),
    )
    await tx.run(
        "DELETE FROM selftests WHERE user_id = ?1 AND id <="
        " (SELECT id FROM selftests WHERE user_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        (user_id, KEPT),
    )
    return dated


async def select_selftests(db: Reader, user_id: int, limit: int) -> list[Result]:
    """Newest first."""
    rows = await db.all("SELECT result FROM selftests WHERE user_id = ? ORDER BY id DESC LIMIT ?", (user_id, limit))
    return [msgspec.json.decode(row["result"], type=Result) for row in rows]


async def select_pinners(db: Reader) -> list[Pinner]:
    """Everybody with pins, in the order of their ids."""
    rows = await db.all(
        "SELECT u.id, u.username, u.created_at, p.newest_pin, t.setup, t.ran_at FROM users u"
        " JOIN (SELECT user_id, max(created_at) AS newest_pin FROM pins GROUP BY user_id) p ON p.user_id = u.id"
        " LEFT JOIN selftests t ON t.id = (SELECT max(id) FROM selftests WHERE user_id = u.id) ORDER BY u.id"
    )
    return [
        Pinner(User(row["id"], row["username"], row["created_at"]), row["newest_pin"], row["setup"], row["ran_at"])
        for row in rows
    ]
