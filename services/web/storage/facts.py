"""What the library was built with: versions of what is derived, so that it can be told when it is out of date."""

from services.web.storage.database import Reader, Transaction


async def select_fact(db: Reader, key: str) -> str | None:
    row = await db.one("SELECT value FROM library_facts WHERE key = ?", (key,))
    return str(row["value"]) if row else None


async def upsert_fact(tx: Transaction, key: str, value: str) -> None:
    await tx.run(
        "INSERT INTO library_facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


async def delete_fact(tx: Transaction, key: str) -> None:
    await tx.run("DELETE FROM library_facts WHERE key = ?", (key,))
