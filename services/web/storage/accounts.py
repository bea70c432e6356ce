"""What people set about themselves, and accounts that go."""

from typing import Any

import msgspec

from services.web.storage.database import Reader, Transaction

Json = dict[str, Any]


class Account(msgspec.Struct, frozen=True):
    """`display_name` None: called by the username."""

    display_name: str | None
    preferences: Json


async def select_account(db: Reader, user_id: int) -> Account:
    row = await db.one("SELECT display_name, preferences FROM users WHERE id = ?", (user_id,))
    assert row is not None
    return Account(row["display_name"], msgspec.json.decode(row["preferences"]))


async def update_account(tx: Transaction, user_id: int, account: Account) -> None:
    await tx.run(
        "UPDATE users SET display_name = ?, preferences = ? WHERE id = ?",
        (account.display_name, msgspec.json.encode(account.preferences).decode(), user_id),
    )


async def update_all_deleted(tx: Transaction, user_id: int, moment: str) -> None:
    """Hide every chat of a person; what was deleted before stays deleted."""
    await tx.run("UPDATE chat_sessions SET deleted_at = ? WHERE user_id = ? AND deleted_at IS NULL", (moment, user_id))


async def delete_some_sessions(tx: Transaction, user_id: int, limit: int) -> int:
    """Delete a few of a person's chats for good; how many went."""
    return await tx.run(
        "DELETE FROM chat_sessions WHERE id IN (SELECT id FROM chat_sessions WHERE user_id = ? LIMIT ?)",
        (user_id, limit),
    )


async def delete_account_rows(tx: Transaction, user_id: int, folder: str) -> None:
    """Everything of a person but the chats. What stays of the row is its number, which no cookie opens any more."""
    for table in ("prompt_templates", "pins", "selftests"):
        await tx.run(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
    await tx.run("DELETE FROM asks WHERE substr(path, 1, ?) = ?", (len(folder), folder))
    await tx.run(
        "UPDATE users SET username = '', username_key = 'deleted:' || id, display_name = NULL, preferences = '{}'"
        " WHERE id = ?",
        (user_id,),
    )
