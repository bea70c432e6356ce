"""People: a name and no password."""

import unicodedata

import msgspec

from services.web.storage.database import Database, Reader
from services.web.storage.values import now


class User(msgspec.Struct, frozen=True):
    """`username` is NFC as its owner wrote it; it is also the name of the inbox folder."""

    id: int
    username: str
    created_at: str


def username_key(username: str) -> str:
    """The form in which names are unique: NFC, case-folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", username).casefold())


async def select_user(db: Reader, user_id: int) -> User | None:
    row = await db.one("SELECT id, username, created_at FROM users WHERE id = ? AND username != ''", (user_id,))
    return User(**dict(row)) if row else None


async def select_user_by_name(db: Reader, username: str) -> User | None:
    sql = "SELECT id, username, created_at FROM users WHERE username_key = ?"
    row = await db.one(sql, (username_key(username),))
    return User(**dict(row)) if row else None


async def select_first_user(db: Reader) -> User | None:
    """Who logged in first of those who are there; nobody can log in as `shared`."""
    row = await db.one(
        "SELECT id, username, created_at FROM users"
        " WHERE username_key <> 'shared' AND username != '' ORDER BY id LIMIT 1"
    )
    return User(**dict(row)) if row else None


async def upsert_user(db: Database, username: str) -> User:
    """The user of this name, made on first sight. The first spelling stays."""
    key = username_key(username)
    sql = "SELECT id, username, created_at FROM users WHERE username_key = ?"
    row = await db.one(sql, (key,))
    if row is None:
        async with db.write() as tx:
            await tx.run(
                "INSERT INTO users (username, username_key, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (username, key, now()),
            )
            row = await tx.one(sql, (key,))
        assert row is not None
    return User(**dict(row))
