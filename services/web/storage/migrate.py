"""Numbered SQL files, applied in order, each in one transaction; `PRAGMA user_version` holds the last number."""

from pathlib import Path

import aiosqlite

from services.core.errors import OndolError

_FOLDER = Path(__file__).parent / "migrations"


class NewerDatabase(OndolError):
    """The file was written by a newer version; an older one must not touch it. params: found, known."""

    code = "newer_database"


def migrations(schema: str) -> list[tuple[int, Path]]:
    """(number, file) of a schema, ascending and without gaps."""
    files = sorted((_FOLDER / schema).glob("*.sql"))
    numbered = [(int(file.name.split("_", 1)[0]), file) for file in files]
    assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1)), f"gap in {schema} migrations"
    return numbered


async def migrate(connection: aiosqlite.Connection, path: Path, schema: str) -> None:
    """Bring the database to the newest known version. Raises NewerDatabase."""
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    current = int(row[0]) if row else 0
    steps = migrations(schema)
    if current > len(steps):
        raise NewerDatabase(
            f"{path} has version {current}, this Ondol knows up to {len(steps)}; "
            "start the newer Ondol, or restore a backup",
            found=current,
            known=len(steps),
        )
    for number, file in steps[current:]:
        script = file.read_text(encoding="utf-8")
        await connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version={number};\nCOMMIT;")
