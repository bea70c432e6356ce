"""Tells whether this interpreter can run Ondol: exit 0 and its version, or exit 1 and the one reason why not.

Run by whatever `python3` happens to be, so nothing in here is newer than Python 3.5.
"""
# ruff: noqa: UP032, UP036

import sqlite3
import struct
import sys


def refusal() -> str:
    """The reason to refuse this interpreter, or an empty string."""
    if sys.version_info < (3, 11):
        return "it is version {}.{}, 3.11 or newer is needed".format(*sys.version_info[:2])
    if struct.calcsize("P") != 8:
        return "it is a 32-bit build, 64 bits are needed"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return "it cannot make virtual environments (Debian: install python3-venv)"
    return sqlite_refusal(sqlite3.connect(":memory:"))


def sqlite_refusal(connection: sqlite3.Connection) -> str:
    """The reason why this SQLite connection will not do, or an empty string."""
    if not hasattr(connection, "enable_load_extension"):
        return "its sqlite3 cannot load extensions (built without --enable-loadable-sqlite-extensions)"
    try:
        connection.enable_load_extension(True)
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(body)")
    except sqlite3.Error as error:
        return "its SQLite will not do: {}".format(error)
    finally:
        connection.close()
    return ""


if __name__ == "__main__":
    reason = refusal()
    print(reason or "{}.{}.{}".format(*sys.version_info[:3]))
    sys.exit(1 if reason else 0)
