"""The word index over chunks: contentless FTS5. Its rows are removed by naming the very words they were made of."""

import json
from collections.abc import Iterable, Sequence

from services.web.storage.database import Reader, Transaction
from services.web.storage.scope import IN_SCOPE, Scope

_BEST = """
    SELECT chunk_fts.rowid AS id, -bm25(chunk_fts) AS score FROM chunk_fts WHERE chunk_fts MATCH :match
    ORDER BY rank LIMIT :limit
"""
# The unary plus keeps SQLite from asking the word index once for every chunk in scope.
_BEST_IN_SCOPE = (
    IN_SCOPE
    + """SELECT chunk_fts.rowid AS id, -bm25(chunk_fts) AS score FROM chunk_fts WHERE chunk_fts MATCH :match
  AND +chunk_fts.rowid IN (SELECT id FROM chunks WHERE content_id IN (SELECT content_id FROM in_scope))
ORDER BY rank LIMIT :limit"""
)


async def insert_words(tx: Transaction, rows: Iterable[tuple[int, str]]) -> None:
    """(chunk id, prepared text)."""
    await tx.many("INSERT INTO chunk_fts (rowid, body) VALUES (?, ?)", rows)


async def delete_words(tx: Transaction, rows: Iterable[tuple[int, str]]) -> None:
    """(chunk id, the prepared text that was inserted)."""
    await tx.many("INSERT INTO chunk_fts (chunk_fts, rowid, body) VALUES ('delete', ?, ?)", rows)


async def delete_all_words(tx: Transaction) -> None:
    await tx.run("INSERT INTO chunk_fts (chunk_fts) VALUES ('delete-all')")


async def select_word_rows(db: Reader) -> set[int]:
    """Ids of all chunks that the index has a row for."""
    return {row["id"] for row in await db.all("SELECT id FROM chunk_fts_docsize")}


async def select_term_counts(db: Reader, terms: Sequence[str]) -> dict[str, int]:
    """In how many chunks each term occurs; terms that occur nowhere are missing."""
    rows = await db.all(
        "SELECT term, doc FROM chunk_fts_terms WHERE term IN (SELECT value FROM json_each(?))",
        (json.dumps(list(terms)),),
    )
    return {row["term"]: int(row["doc"]) for row in rows}


async def select_best(db: Reader, match: str, limit: int, scope: Scope | None) -> dict[int, float]:
    """The chunks with the highest BM25 (higher is better); `scope` None looks everywhere."""
    if scope is None:
        rows = await db.all(_BEST, {"match": match, "limit": limit})
    else:
        rows = await db.all(_BEST_IN_SCOPE, {**scope.params(), "match": match, "limit": limit})
    return {row["id"]: float(row["score"]) for row in rows}
