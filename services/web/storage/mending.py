"""Makes rows fit together again after some of them were lost. Blocking."""

import sqlite3
from pathlib import Path

from services.web.storage.integrity import opened, plain_tables


def mend_database(path: Path) -> None:
    """Messages whose forerunner is lost follow the one before it, chats show a message that is there, and rows that
    point at nothing go. Raises sqlite3.Error; then nothing was changed."""
    with opened(path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("BEGIN IMMEDIATE")
        tables = plain_tables(connection)
        columns = {
            (table, str(row[1])) for table in tables for row in connection.execute(f'PRAGMA table_info("{table}")')
        }
        if ("messages", "parent_id") in columns:
            _rejoin(connection)
        _drop_orphans(connection, tables)
        if ("chat_sessions", "leaf_id") in columns:
            _show_what_is_there(connection)
        connection.execute("COMMIT")


def _rejoin(connection: sqlite3.Connection) -> None:
    """A lost message must not take all that was said after it along."""
    connection.execute(
        "UPDATE messages SET parent_id = (SELECT max(p.id) FROM messages p"
        " WHERE p.session_id = messages.session_id AND p.id < messages.id)"
        " WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM messages)"
    )


def _show_what_is_there(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE chat_sessions SET leaf_id = (SELECT max(id) FROM messages WHERE session_id = chat_sessions.id)"
        " WHERE leaf_id IS NOT NULL AND leaf_id NOT IN (SELECT id FROM messages)"
    )


def _drop_orphans(connection: sqlite3.Connection, tables: list[str]) -> None:
    """Delete rows that point at rows that are lost."""
    dropped, last = 0, -1
    while dropped != last:
        last = dropped
        for table in tables:
            for row in connection.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
                parent, column, key = row[2], row[3], row[4] or "rowid"
                dropped += connection.execute(
                    f'DELETE FROM "{table}" WHERE "{column}" IS NOT NULL'
                    f' AND "{column}" NOT IN (SELECT "{key}" FROM "{parent}")'
                ).rowcount
