"""A state folder with the people, chats and documents of tests/dumps/, and ways to spoil it."""

import sqlite3
from pathlib import Path

from services.core.config import Config, load_config
from services.core.paths import Home
from services.web.storage.integrity import opened

DUMPS = Path(__file__).resolve().parents[3] / "dumps"
SCHEMAS = sorted(int(file.stem) for file in DUMPS.glob("*.sql"))


def load_dump(path: Path, schema: int) -> None:
    """A database as that version of Ondol left it."""
    with opened(path) as connection:
        connection.executescript((DUMPS / f"{schema:04}.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")


def furnished(root: Path, **settings: str) -> Config:
    """Settings, secret, a database of the newest dump and two documents."""
    home = Home(root)
    home.create()
    load_dump(home.ondol_db, SCHEMAS[-1])
    home.secret_key.write_text("0123456789abcdef")
    home.settings.write_text("[chat]\nmax_tokens = 77\n")
    (home.inbox / "minsu").mkdir()
    (home.inbox / "minsu" / "계약서.pdf").write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 40)
    (home.inbox / "shared" / "house" / "rules").mkdir(parents=True)
    (home.inbox / "shared" / "house" / "rules" / "quiet.md").write_text("# Quiet\nafter ten\n")
    return load_config({"ONDOL_HOME": str(root), **settings})


def fill(path: Path, messages: int) -> None:
    """Make the database large enough that its tables have several pages."""
    with opened(path) as connection:
        connection.execute("BEGIN")
        for number in range(messages):
            connection.execute(
                "INSERT INTO messages (session_id, role, status, content, created_at)"
                " VALUES (1, 'user', 'done', ?, '')",
                (f"filler {number} " + "온돌 " * 300,),
            )
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def contents(path: Path) -> list[str]:
    with opened(path) as connection:
        return [row[0] for row in connection.execute("SELECT content FROM messages ORDER BY id")]


def pages_of(path: Path, name: str) -> list[int]:
    """Numbers of the pages that make up a table or an index, leaves before their parents; the root is the last."""
    with opened(path) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
    data = path.read_bytes()

    def children(page: int) -> list[int]:
        block = data[(page - 1) * size : page * size]
        if block[0] not in (2, 5):
            return []
        count = int.from_bytes(block[3:5])
        cells = [int.from_bytes(block[12 + 2 * i : 14 + 2 * i]) for i in range(count)]
        below = [int.from_bytes(block[at : at + 4]) for at in cells] + [int.from_bytes(block[8:12])]
        return [page for child in below for page in (*children(child), child)]

    return [*children(root), root]


def spoil_page(path: Path, number: int) -> None:
    """Overwrite a page, as a worn card does. Page 1 is the header."""
    with opened(path) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((number - 1) * size)
        file.write(b"\xa5" * size)


def healthy(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)])
    finally:
        connection.close()
