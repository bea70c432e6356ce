"""Whose chunks a search may see. The rule is written once, as a common table expression over documents."""

import json

import msgspec

from services.web.storage.database import Reader, Value


class Scope(msgspec.Struct, frozen=True):
    """The documents of one search: shared ones and those of `owner`; of these only the ones that `document_ids` or
    `collections` name, where any are given. A collection is a folder, with all that lies in it."""

    owner: str
    document_ids: tuple[int, ...] = ()
    collections: tuple[str, ...] = ()

    def params(self) -> dict[str, Value]:
        return {
            "owner": self.owner,
            "ids": json.dumps(self.document_ids) if self.document_ids else None,
            "collections": json.dumps(self.collections) if self.collections else None,
        }


IN_SCOPE = """WITH in_scope AS (
    SELECT id, title, content_id, updated_at FROM documents
    WHERE content_id IS NOT NULL AND (owner IS NULL OR owner = :owner)
      AND (
        (:ids IS NULL AND :collections IS NULL)
        OR id IN (SELECT value FROM json_each(:ids))
        OR EXISTS (
            SELECT 1 FROM json_each(:collections) AS asked
            WHERE collection = asked.value
              OR (asked.value != '' AND substr(collection, 1, length(asked.value) + 1) = asked.value || '/')
        )
      )
)
"""
_OUTSIDE = IN_SCOPE + "SELECT 1 FROM contents WHERE id NOT IN (SELECT content_id FROM in_scope) LIMIT 1"
_TITLES = (
    IN_SCOPE
    + """SELECT id, title, content_id FROM in_scope WHERE content_id IN (SELECT value FROM json_each(:contents))
ORDER BY updated_at DESC, id DESC"""
)


class ScopedDocument(msgspec.Struct, frozen=True):
    """A visible document that says a content."""

    id: int
    title: str
    content_id: int


async def covers_everything(db: Reader, scope: Scope) -> bool:
    """Whether no chunk of the library lies outside: then nothing needs filtering."""
    return await db.one(_OUTSIDE, scope.params()) is None


async def select_scoped_documents(db: Reader, scope: Scope, content_ids: list[int]) -> list[ScopedDocument]:
    """The visible documents of these contents, lately changed ones first."""
    rows = await db.all(_TITLES, {**scope.params(), "contents": json.dumps(content_ids)})
    return [ScopedDocument(**dict(row)) for row in rows]
