"""Reads what can still be read of a damaged database into a new one, table by table, row by row.

Each table is read from its first row on until a row cannot be read, then from its last row back: what lies between is
lost. What is left need not fit together (`services/web/storage/mending.py`).
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
_LEAST, _MOST = -(2**63), 2**63 - 1
Hole = tuple[int, int] | None
"""Rowids of the last row before it and of the first behind it (where there is none, those of no row); None: anywhere in
the table."""


class Salvaged(msgspec.Struct, frozen=True):
    """Rows by table that could be read, and where rows of a table are missing. Nothing is missing without `holes`."""

    rows: dict[str, int]
    holes: dict[str, Hole]


def salvage(damaged: Path, target: Path, schema: str) -> Salvaged | None:
    """Make `target` from what `damaged` still says; None when nothing can be read at all, and then there is no target.

    Raises sqlite3.Error or OSError when the target cannot be written.
    """
    remove_database(target)
    _fill_up(damaged)
    with opened(damaged) as source:
        try:
            version = int(source.execute("PRAGMA user_version").fetchone()[0])
            columns = {table: _columns(source, table) for table in plain_tables(source)}
        except sqlite3.DatabaseError as error:
            log.warning("nothing can be read of %s: %s", damaged.name, error)
            return None
        if not 0 < version <= len(migrations(schema)) or not columns:
            return None
        try:
            found = _copy_all(source, columns, target, schema, version)
        except (sqlite3.Error, OSError):
            remove_database(target)
            raise
    sync_file(target)
    return found


def _fill_up(damaged: Path) -> None:
    """SQLite opens no file that is shorter than its header says; zeros in the place of what is missing read as damage.
    Page size and count: https://www.sqlite.org/fileformat.html, bytes 16 and 28 of the file."""
    with damaged.open("r+b") as file:
        try:
            header = file.read(100)
        except OSError as error:
            log.warning("the beginning of %s cannot be read: %s", damaged.name, error)
            return
        page = int.from_bytes(header[16:18])
        wanted = (65536 if page == 1 else page) * int.from_bytes(header[28:32])
        if header.startswith(b"SQLite format 3") and damaged.stat().st_size < wanted:
            file.truncate(wanted)


def _copy_all(
    source: sqlite3.Connection, columns: dict[str, list[str]], target: Path, schema: str, version: int
) -> Salvaged:
    with opened(target) as made:
        apply_steps(made, schema, 0, version)
        made.execute("PRAGMA foreign_keys=OFF")
        tables = plain_tables(made)
        holes: dict[str, Hole] = {}
        for table in tables:
            if table not in columns:
                holes[table] = None
            else:
                holes |= _copy_table(source, made, table, columns[table])
        rows = {table: int(made.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]) for table in tables}
    return Salvaged(rows, holes)


def _copy_table(source: sqlite3.Connection, made: sqlite3.Connection, table: str, there: list[str]) -> dict[str, Hole]:
    """What is missing of it, by its name; nothing when all was read and taken in."""
    names = ", ".join(f'"{name}"' for name in _columns(made, table) if name in there)
    insert = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({", ".join("?" * (names.count(",") + 1))})'
    order = _key_order(made, table)
    forwards, backwards = (
        f'SELECT {names} FROM "{table}" ORDER BY {", ".join(f"{column} {way}" for column in order)}'
        for way in ("ASC", "DESC")
    )
    pages = _Pages(source, forwards)
    taken = _copy_rows(made, pages, insert)
    if not pages.broken:
        return {} if taken == pages.read else {table: None}
    if order != ["rowid"] or taken != pages.read:
        _copy_rows(made, _Pages(source, backwards), insert)
        return {table: None}
    last = _edge(made, f'SELECT max(rowid) FROM "{table}"', _LEAST)
    _copy_rows(made, _Pages(source, backwards), insert)
    return {table: (last, _edge(made, f'SELECT min(rowid) FROM "{table}" WHERE rowid > {last}', _MOST))}


def _edge(made: sqlite3.Connection, select: str, otherwise: int) -> int:
    found = made.execute(select).fetchone()[0]
    return int(found) if found is not None else otherwise


def _copy_rows(made: sqlite3.Connection, pages: "_Pages", insert: str) -> int:
    """How many rows were taken in: the new table's rules hold for each."""
    made.execute("BEGIN")
    taken = sum(made.executemany(insert, page).rowcount for page in pages if page)
    made.execute("COMMIT")
    return taken


class _Pages:
    """Pages of rows until the end, or until a row cannot be read: then `broken`. `read` counts them."""

    def __init__(self, source: sqlite3.Connection, select: str) -> None:
        self._source = source
        self._select = select
        self.broken = False
        self.read = 0

    def __iter__(self) -> Iterator[list[Any]]:
        page: list[Any] = []
        try:
            for row in self._source.execute(self._select):
                page.append(row)
                self.read += 1
                if len(page) == _PAGE:
                    yield page
                    page = []
        except sqlite3.DatabaseError as error:
            log.warning("not all rows can be read: %s", error)
            self.broken = True
        yield page


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")')]


def _key_order(made: sqlite3.Connection, table: str) -> list[str]:
    """What the table's own b-tree is ordered by, so that no (perhaps damaged) index is asked."""
    without_rowid = made.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()[0]
    if not without_rowid:
        return ["rowid"]
    keys = [(row[5], row[1]) for row in made.execute(f'PRAGMA table_info("{table}")') if row[5]]
    return [f'"{name}"' for _, name in sorted(keys)]
