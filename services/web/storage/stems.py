"""What FTS5 makes of a word: porter's stem, found by having FTS5 itself index the words (0.1 ms for twenty)."""

import sqlite3
from collections.abc import Sequence

_TABLES = """
    CREATE VIRTUAL TABLE words USING fts5(body, content='', tokenize='porter unicode61 remove_diacritics 2');
    CREATE VIRTUAL TABLE stems USING fts5vocab(words, 'instance');
"""


class Stemmer:
    """A table in memory that forgets each question; the tokenizer is that of chunk_fts."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.executescript(_TABLES)

    def stems(self, words: Sequence[str]) -> list[str]:
        """One a word; a word that FTS5 takes for several or none stays as it is."""
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany("INSERT INTO words (rowid, body) VALUES (?, ?)", enumerate(words))
            found = self._connection.execute("SELECT doc, min(term) FROM stems GROUP BY doc HAVING count(*) = 1")
            made = dict(found.fetchall())
        finally:
            self._connection.execute("ROLLBACK")
        return [made.get(place, word) for place, word in enumerate(words)]

    def close(self) -> None:
        self._connection.close()
