"""What the databases say, read from outside: journal rows seen once must stay, and at the end all must fit together."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.core.paths import Home

Rows = dict[tuple[str, int], tuple[bytes, str]]


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    # Read-only: such a connection neither recovers nor checkpoints in the place of the house.
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


class Truth:
    """`look` as often as wanted, also between a kill and the restart; `final` when everything is calm."""

    def __init__(self, home: Path) -> None:
        self._home = Home(home)
        self.seen: Rows = {}

    def look(self) -> int:
        """Compare the journal with all that was ever seen of it; returns how many rows it has."""
        with _reading(self._home.ondol_db) as db:
            rows: Rows = {
                (run, seq): (tokens, text) for run, seq, tokens, text in db.execute("SELECT * FROM run_tokens")
            }
        lost = self.seen.keys() - rows.keys()
        assert not lost, f"{len(lost)} journaled tokens are gone, of runs {sorted({run for run, _ in lost})}"
        changed = [key for key, row in self.seen.items() if rows[key] != row]
        assert not changed, f"journaled tokens changed: {changed[:5]}"
        self.seen = rows
        return len(rows)

    def grew(self, before: int, by: int) -> bool:
        """Whether the journal has `by` rows more than `before`."""
        return self.look() >= before + by

    def unfinished(self) -> int:
        with _reading(self._home.ondol_db) as db:
            row = db.execute("SELECT count(*) FROM runs WHERE status IN ('queued', 'running')").fetchone()
        return int(row[0])

    def final(self) -> dict[str, int]:
        """Everything fits together; returns the runs by status."""
        self.look()
        for path in (self._home.ondol_db, self._home.library_db):
            with _reading(path) as db:
                assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)], path.name
                assert db.execute("PRAGMA foreign_key_check").fetchall() == [], path.name
        with _reading(self._home.ondol_db) as db:
            runs = db.execute(
                "SELECT r.id, r.status, m.status, m.content, m.tokens, m.error FROM runs r"
                " JOIN messages m ON m.id = r.message_id"
            ).fetchall()
        statuses: dict[str, int] = {}
        for run, status, message_status, content, tokens, error in runs:
            statuses[status] = statuses.get(status, 0) + 1
            assert status == message_status, run
            assert (status == "failed") == (error is not None), (run, status, error)
            self._whole(run, content, tokens)
        return statuses

    def _whole(self, run: str, content: str, tokens: bytes) -> None:
        """A message is exactly what its journal says, from the first row to the last without a gap."""
        rows = sorted((seq, row) for (owner, seq), row in self.seen.items() if owner == run)
        assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1)), f"run {run} has gaps"
        assert content == "".join(text for _, (_, text) in rows), f"the message of run {run} is not its journal"
        assert tokens == b"".join(packed for _, (packed, _) in rows), f"the tokens of run {run} are not its journal"
