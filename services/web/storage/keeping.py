"""The file of the former version, kept beside the one it became; it takes its place again only while no word was
written since. Blocking, for files that no connection of ours has open."""

import hashlib
from pathlib import Path

from services.core.durable import move_durably, write_durably
from services.core.errors import Conflict
from services.web.storage.integrity import opened, schema_version
from services.web.storage.migrate import migrations

KEPT_TABLES = ("users", "chat_sessions", "messages", "prompt_templates")
"""Rows of these are people's words: no migration may make them fewer."""


def kept_of(path: Path, version: int) -> Path:
    """Where the file of that version is kept."""
    return path.with_name(f"{path.name}.v{version}")


def remember_words(made: Path, kept: Path) -> None:
    """Write down beside `kept` what people's words are in the file that follows it. Raises sqlite3.Error, OSError."""
    write_durably(_words_file(kept), words_of(made).encode())


def put_back(path: Path, schema: str) -> bool:
    """Undo the last upgrade of a file that is newer than this Ondol; whether there was anything to undo.

    Raises Conflict when words were written since, or the former file is gone; sqlite3.Error, OSError.
    """
    wanted = len(migrations(schema))
    if not path.exists() or schema_version(path) <= wanted:
        return False
    kept = kept_of(path, wanted)
    if not kept.exists() or _remembered(kept) != words_of(path):
        raise Conflict(f"{path.name} was written to since it was updated, or its former file is gone; it stays")
    with opened(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    move_durably(kept, path)
    _words_file(kept).unlink(missing_ok=True)
    return True


def words_of(path: Path) -> str:
    """A hash over every row of KEPT_TABLES, as hexadecimal digits. Raises sqlite3.Error."""
    digest = hashlib.sha256()
    with opened(path) as connection:
        connection.text_factory = bytes
        for table in KEPT_TABLES:
            digest.update(table.encode())
            for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid'):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def _words_file(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.words")


def _remembered(kept: Path) -> str:
    try:
        return _words_file(kept).read_text(encoding="ascii")
    except FileNotFoundError:
        return ""
