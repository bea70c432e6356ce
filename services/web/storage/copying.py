"""Copies of a living database. Blocking: call from a thread or another process."""

import os
import sqlite3
from pathlib import Path

from services.core.durable import sync_file, sync_folder
from services.web.storage.integrity import opened

SIDE_SUFFIXES = ("", "-wal", "-shm")


def database_files(path: Path) -> list[Path]:
    """The files that a database consists of, as far as they are there."""
    return [file for suffix in SIDE_SUFFIXES if (file := path.with_name(path.name + suffix)).exists()]


def remove_database(path: Path) -> None:
    """Delete a database with all its files."""
    for file in database_files(path):
        file.unlink(missing_ok=True)


def copy_database(source: Path, target: Path) -> None:
    """Write all that is committed now into one new file, on disk when this returns. Writers are not held up: readers of
    a WAL do not block them, and the copy is taken in one read transaction.

    Raises sqlite3.Error, OSError; then there is no target.
    """
    remove_database(target)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    try:
        with opened(source) as reader, opened(target) as writer:
            writer.execute("PRAGMA synchronous=OFF")  # synced as a whole below
            reader.backup(writer)
            writer.execute("PRAGMA journal_mode=DELETE")
        sync_file(target)
        sync_folder(target.parent)
    except (sqlite3.Error, OSError):
        remove_database(target)
        raise
