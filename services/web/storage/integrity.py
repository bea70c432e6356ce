"""Whether a database file is sound, and what is in it. Blocking, for files that no connection of ours has open."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from services.web.storage.functions import install_functions

MAX_FAULTS = 20
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNREADABLE = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is wrong, or cannot be read any more, rather than full, busy or missing."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _DAMAGE or code in _UNREADABLE


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own in autocommit mode, closed at the end. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA busy_timeout=5000")
        install_functions(connection)
        yield connection
    finally:
        connection.close()


def try_writing(path: Path) -> None:
    """Open it as the house will, with its write-ahead log and a transaction; nothing changes. Raises sqlite3.Error."""
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def find_faults(path: Path, *, thorough: bool = False) -> list[str]:
    """What is wrong with the file, at most MAX_FAULTS lines; empty when it is sound. `thorough` compares every index
    with its table too (PRAGMA integrity_check instead of quick_check).

    Raises sqlite3.Error when the file cannot be looked at for another reason than damage.
    """
    pragma = "integrity_check" if thorough else "quick_check"
    try:
        with opened(path) as connection:
            lines = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}({MAX_FAULTS})")]
            if lines != ["ok"]:
                return lines
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(MAX_FAULTS)
            return [f"{table} row {row} points at no {parent}" for table, row, parent, _ in orphans]
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return [str(error)]
        raise


def schema_version(path: Path) -> int:
    """`PRAGMA user_version`. Raises sqlite3.Error."""
    with opened(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def plain_tables(connection: sqlite3.Connection) -> list[str]:
    """Names of the tables that hold rows of their own: no virtual tables, nor what those are made of."""
    rows = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    return [str(row[0]) for row in rows]


def count_rows(path: Path) -> dict[str, int]:
    """Rows by table. Raises sqlite3.Error."""
    with opened(path) as connection:
        return {
            table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
            for table in plain_tables(connection)
        }
