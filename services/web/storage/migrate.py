"""Numbered SQL files, applied in order, each in one transaction; `PRAGMA user_version` holds the last number."""

import sqlite3
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


def refuse_newer(path: Path, schema: str, version: int) -> None:
    """Raises NewerDatabase when `version` is beyond what is known here."""
    known = len(migrations(schema))
    if version > known:
        raise NewerDatabase(
            f"{path} has version {version}, this Ondol knows up to {known}; start the newer Ondol, or restore a backup",
            found=version,
            known=known,
        )


async def migrate(connection: aiosqlite.Connection, path: Path, schema: str) -> None:
    """Bring the database to the newest known version. Raises NewerDatabase."""
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    current = int(row[0]) if row else 0
    refuse_newer(path, schema, current)
    for number, file in migrations(schema)[current:]:
        await connection.executescript(_step(number, file))


def apply_steps(connection: sqlite3.Connection, schema: str, current: int, wanted: int) -> None:
    """Bring a database from version `current` to `wanted`, on a plain connection. Raises sqlite3.Error."""
    for number, file in migrations(schema)[current:wanted]:
        connection.executescript(_step(number, file))


def _step(number: int, file: Path) -> str:
    return f"BEGIN IMMEDIATE;\n{file.read_text(encoding='utf-8')}\nPRAGMA user_version={number};\nCOMMIT;"
