"""Reads what can still be read of a damaged database into a new one, table by table, row by row.

Each table is read from its first row on until a row cannot be read, then from its last row back: what lies between is
lost. Rows whose parent is lost go too, so that what is left is whole.
"""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from services.core.durable import sync_file
from services.web.storage.copying import remove_database
from services.web.storage.integrity import opened, plain_tables
from services.web.storage.migrate import apply_steps, migrations

log = logging.getLogger(__name__)
_PAGE = 500


class Salvaged(msgspec.Struct, frozen=True):
    """Rows by table that could be read. `complete`: every table was read to its end and nothing had to be dropped."""

    rows: dict[str, int]
    complete: bool


def salvage(damaged: Path, target: Path, schema: str) -> Salvaged | None:
    """Make `target` from what `damaged` still says; None when nothing can be read at all, and then there is no target.

    Raises sqlite3.Error or OSError when the target cannot be written.
    """
    remove_database(target)
    _fill_up(damaged)
    try:
        with opened(damaged) as source:
            version = int(source.execute("PRAGMA user_version").fetchone()[0])
            present = set(plain_tables(source))
            if not 0 < version <= len(migrations(schema)) or not present:
                return None
            found = _copy_all(source, present, target, schema, version)
    except sqlite3.DatabaseError as error:
        log.warning("nothing can be read of %s: %s", damaged.name, error)
        remove_database(target)
        return None
    sync_file(target)
    return found


def _fill_up(damaged: Path) -> None:
    """SQLite opens no file that is shorter than its header says; zeros in the place of what is missing read as damage.
    Page size and count: https://www.sqlite.org/fileformat.html, bytes 16 and 28 of the file."""
    with damaged.open("r+b") as file:
        header = file.read(100)
        page = int.from_bytes(header[16:18])
        wanted = (65536 if page == 1 else page) * int.from_bytes(header[28:32])
        if header.startswith(b"SQLite format 3") and damaged.stat().st_size < wanted:
            file.truncate(wanted)


def _copy_all(source: sqlite3.Connection, present: set[str], target: Path, schema: str, version: int) -> Salvaged:
    rows: dict[str, int] = {}
    with opened(target) as made:
        apply_steps(made, schema, 0, version)
        made.execute("PRAGMA foreign_keys=OFF")
        tables = plain_tables(made)
        complete = set(tables) <= present
        for table in tables:
            whole = table not in present or _copy_table(source, made, table)
            complete = complete and whole
        dropped = _drop_orphans(made, tables)
        for table in tables:
            rows[table] = int(made.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
    return Salvaged(rows, complete and not dropped)


def _copy_table(source: sqlite3.Connection, made: sqlite3.Connection, table: str) -> bool:
    """Whether the table was read to its end."""
    columns = _common_columns(source, made, table)
    names = ", ".join(f'"{name}"' for name in columns)
    insert = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'
    order = _key_order(made, table)
    for direction in ("ASC", "DESC"):
        by = ", ".join(f"{column} {direction}" for column in order)
        if _copy_rows(source, made, f'SELECT {names} FROM "{table}" ORDER BY {by}', insert):
            return direction == "ASC"
    return False


def _copy_rows(source: sqlite3.Connection, made: sqlite3.Connection, select: str, insert: str) -> bool:
    pages = _Pages(source, select)
    made.execute("BEGIN")
    for page in pages:
        made.executemany(insert, page)
    made.execute("COMMIT")
    return not pages.broken


class _Pages:
    """Pages of rows until the end, or until a row cannot be read: then `broken`."""

    def __init__(self, source: sqlite3.Connection, select: str) -> None:
        self._source = source
        self._select = select
        self.broken = False

    def __iter__(self) -> Iterator[list[Any]]:
        page: list[Any] = []
        try:
            for row in self._source.execute(self._select):
                page.append(row)
                if len(page) == _PAGE:
                    yield page
                    page = []
        except sqlite3.DatabaseError as error:
            log.warning("not all rows can be read: %s", error)
            self.broken = True
        yield page


def _common_columns(source: sqlite3.Connection, made: sqlite3.Connection, table: str) -> list[str]:
    there = {row[1] for row in source.execute(f'PRAGMA table_info("{table}")')}
    return [str(row[1]) for row in made.execute(f'PRAGMA table_info("{table}")') if row[1] in there]


def _key_order(made: sqlite3.Connection, table: str) -> list[str]:
    """What the table's own b-tree is ordered by, so that no (perhaps damaged) index is asked."""
    without_rowid = made.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()[0]
    if not without_rowid:
        return ["rowid"]
    keys = [(row[5], row[1]) for row in made.execute(f'PRAGMA table_info("{table}")') if row[5]]
    return [f'"{name}"' for _, name in sorted(keys)]


def _drop_orphans(made: sqlite3.Connection, tables: list[str]) -> int:
    """Delete rows that point at rows that are lost; how many."""
    dropped, last = 0, -1
    while dropped != last:
        last = dropped
        for table in tables:
            for row in made.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
                parent, column, key = row[2], row[3], row[4] or "rowid"
                dropped += made.execute(
                    f'DELETE FROM "{table}" WHERE "{column}" IS NOT NULL'
                    f' AND "{column}" NOT IN (SELECT "{key}" FROM "{parent}")'
                ).rowcount
    return dropped
