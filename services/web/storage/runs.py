"""Runs and their journal. Journal rows are only ever added."""

from collections.abc import Iterable

import msgspec

from services.core.protocol.frames import Priority
from services.web.storage.database import Reader, Row, Transaction
from services.web.storage.messages import Json, Status
from services.web.storage.values import now, pack_tokens, unpack_tokens


class StoredRun(msgspec.Struct, frozen=True):
    """`attempts` counts its starts: one, and one more each time it was cut off and went on."""

    id: str
    session_id: int
    user_id: int
    username: str
    user_message_id: int
    message_id: int
    status: Status
    use_rag: bool
    seed: int
    attempts: int
    model_key: str | None
    finish_reason: str | None
    priority: Priority = "interactive"
    base_tokens: int = 0
    """Tokens that were said before it was last asked to go on."""


class JournalEntry(msgspec.Struct, frozen=True):
    """One stream_token: `seq` counts from 1, `text` may be empty while a character is incomplete."""

    run_id: str
    seq: int
    tokens: tuple[int, ...]
    text: str


_SELECT = """
SELECT r.id, r.session_id, s.user_id, u.username, r.user_message_id, r.message_id, r.status, r.use_rag,
       r.seed, r.attempts, r.model_key, r.finish_reason, r.priority, r.base_tokens
FROM runs r JOIN chat_sessions s ON s.id = r.session_id JOIN users u ON u.id = s.user_id
"""


def _run(row: Row) -> StoredRun:
    return StoredRun(**{**dict(row), "use_rag": bool(row["use_rag"])})


async def insert_run(
    tx: Transaction,
    run_id: str,
    *,
    session_id: int,
    user_message_id: int,
    message_id: int,
    use_rag: bool,
    seed: int,
    priority: Priority = "interactive",
) -> StoredRun:
    await tx.run(
        "INSERT INTO runs (id, session_id, user_message_id, message_id, status, use_rag, seed, created_at, priority)"
        " VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?)",
        (run_id, session_id, user_message_id, message_id, use_rag, seed, now(), priority),
    )
    row = await tx.one(f"{_SELECT} WHERE r.id = ?", (run_id,))
    assert row is not None
    return _run(row)


async def select_unfinished_runs(db: Reader) -> list[StoredRun]:
    """Oldest first: what was going on when the lights went out."""
    rows = await db.all(f"{_SELECT} WHERE r.status IN ('queued', 'running') ORDER BY r.created_at, r.rowid")
    return [_run(row) for row in rows]


async def select_run(db: Reader, run_id: str, session_id: int) -> StoredRun | None:
    row = await db.one(f"{_SELECT} WHERE r.id = ? AND r.session_id = ?", (run_id, session_id))
    return _run(row) if row else None


async def select_used_rag(db: Reader, user_message_id: int) -> bool | None:
    """Whether a question was last answered from documents; None when it was never asked here."""
    row = await db.one(
        "SELECT use_rag FROM runs WHERE user_message_id = ? ORDER BY rowid DESC LIMIT 1", (user_message_id,)
    )
    return bool(row["use_rag"]) if row else None


async def update_run_again(tx: Transaction, run: StoredRun, base_tokens: int) -> StoredRun:
    """An ended run goes on behind its `base_tokens` tokens: it waits, and so does its message."""
    await tx.run(
        "UPDATE runs SET status = 'queued', attempts = 0, base_tokens = ?, finish_reason = NULL, finished_at = NULL"
        " WHERE id = ?",
        (base_tokens, run.id),
    )
    await tx.run("UPDATE messages SET status = 'queued', error = NULL WHERE id = ?", (run.message_id,))
    row = await tx.one(f"{_SELECT} WHERE r.id = ?", (run.id,))
    assert row is not None
    return _run(row)


async def select_user_run(db: Reader, run_id: str, user_id: int) -> StoredRun | None:
    row = await db.one(f"{_SELECT} WHERE r.id = ? AND s.user_id = ?", (run_id, user_id))
    return _run(row) if row else None


async def update_run_started(tx: Transaction, run: StoredRun, model_key: str, template: str | None) -> None:
    """The run and its message are running. The first model to answer is kept."""
    await tx.run(
        "UPDATE runs SET status = 'running', model_key = coalesce(model_key, ?), template = ? WHERE id = ?",
        (model_key, template, run.id),
    )
    await tx.run("UPDATE messages SET status = 'running' WHERE id = ?", (run.message_id,))


async def update_run_counted(tx: Transaction, run_id: str, starts: int) -> None:
    """`starts`: 1 when the model is at work on it, -1 when a start was not cut off by a fault and does not count."""
    await tx.run("UPDATE runs SET attempts = attempts + ? WHERE id = ? AND status = 'running'", (starts, run_id))


async def update_run_end(
    tx: Transaction, run_id: str, status: Status, finish_reason: str | None, context: Json | None
) -> None:
    """`context` is what its prompt had of the context, None when it never got that far (an earlier one stays)."""
    await tx.run(
        "UPDATE runs SET status = ?, finish_reason = ?, context = coalesce(?, context), finished_at = ? WHERE id = ?",
        (status, finish_reason, msgspec.json.encode(context).decode() if context else None, now(), run_id),
    )


async def insert_journal(tx: Transaction, entries: Iterable[JournalEntry]) -> None:
    """Rows of a run that was deleted meanwhile are left out, so that they cannot hold up anybody else's. Rows that are
    there stay: who was cancelled during a COMMIT cannot know that it went through, and writes them again."""
    await tx.many(
        "INSERT OR IGNORE INTO run_tokens (run_id, seq, tokens, text) SELECT ?1, ?2, ?3, ?4"
        " WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1)",
        [(entry.run_id, entry.seq, pack_tokens(entry.tokens), entry.text) for entry in entries],
    )


async def select_journal(db: Reader, run_id: str, after_seq: int = 0) -> list[JournalEntry]:
    rows = await db.all(
        "SELECT run_id, seq, tokens, text FROM run_tokens WHERE run_id = ? AND seq > ? ORDER BY seq",
        (run_id, after_seq),
    )
    return [JournalEntry(row["run_id"], row["seq"], unpack_tokens(row["tokens"]), row["text"]) for row in rows]
