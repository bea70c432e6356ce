"""Documents: one row a path below inbox/. What a user may see is decided here, in SQL."""

import json
from collections.abc import Sequence
from typing import Literal

import msgspec

from services.web.storage.database import Reader, Row, Transaction, Value
from services.web.storage.values import now

DocumentState = Literal["queued", "parsing", "embedding", "ready", "failed", "unsupported"]
STATES: tuple[DocumentState, ...] = ("queued", "parsing", "embedding", "ready", "failed", "unsupported")


class DocumentError(msgspec.Struct, frozen=True):
    """Why a document is failed or unsupported."""

    code: str
    message: str


class DocumentProgress(msgspec.Struct, frozen=True):
    """`done` of `total` pages while parsing, chunks while embedding; `eta_s` seconds to go, None while unknown."""

    done: int
    total: int
    eta_s: float | None = None


class Document(msgspec.Struct, frozen=True):
    """A document as clients see it. `owner` None: shared with everyone. `path` is relative to inbox/."""

    id: str
    title: str
    path: str
    owner: str | None
    collection: str
    state: DocumentState
    error: DocumentError | None
    size_bytes: int
    chunk_count: int
    embedded_count: int
    progress: DocumentProgress | None
    created_at: str
    updated_at: str

    def view(self) -> dict[str, object]:
        """As JSON has it."""
        made: dict[str, object] = msgspec.to_builtins(self)
        return made


class DocumentFile(msgspec.Struct, frozen=True):
    """What ingest compares with the disk."""

    path: str
    sha256: str
    size_bytes: int
    mtime_ns: int
    state: DocumentState
    parser_version: str


class FileFacts(msgspec.Struct, frozen=True):
    """A file as ingest has read it. `path` is relative to inbox/, NFC, POSIX."""

    path: str
    sha256: str
    size_bytes: int
    mtime_ns: int
    parser_version: str


_SELECT = """
    SELECT d.id, d.title, d.path, d.owner, d.collection, d.state, d.error_code, d.error_message, d.size_bytes,
           d.progress_done, d.progress_total, d.created_at, d.updated_at,
           coalesce(c.chunk_count, 0) AS chunk_count, coalesce(c.embedded_count, 0) AS embedded_count
    FROM documents d LEFT JOIN contents c ON c.id = d.content_id
"""
_ONE = _SELECT + " WHERE d.id = ?"
_VISIBLE = _SELECT + " WHERE d.id = ? AND (d.owner IS NULL OR d.owner = ?)"
_BY_CONTENT = _SELECT + " WHERE d.content_id = ? ORDER BY d.id"
_LIST = (
    _SELECT
    + """
    WHERE (d.owner IS NULL OR d.owner = :owner)
      AND (:before IS NULL OR d.id < :before)
      AND (:state IS NULL OR d.state = :state)
      AND (:q IS NULL OR instr(lower(d.path), lower(:q)) > 0)
      AND (:collection IS NULL OR d.collection = :collection
        OR substr(d.collection, 1, length(:collection) + 1) = :collection || '/')
    ORDER BY d.id DESC LIMIT :limit
"""
)


def split_path(path: str) -> tuple[str | None, str, str]:
    """(owner, collection, title) of a path below inbox/."""
    folder, _, rest = path.partition("/")
    collection, _, title = rest.rpartition("/")
    return (None if folder == "shared" else folder), collection, title


def _document(row: Row) -> Document:
    progress = None
    if row["state"] == "embedding":
        progress = DocumentProgress(row["embedded_count"], row["chunk_count"])
    elif row["state"] == "parsing" and row["progress_total"] is not None:
        progress = DocumentProgress(row["progress_done"], row["progress_total"])
    return Document(
        id=str(row["id"]),
        title=row["title"],
        path=row["path"],
        owner=row["owner"],
        collection=row["collection"],
        state=row["state"],
        error=DocumentError(row["error_code"], row["error_message"]) if row["error_code"] else None,
        size_bytes=row["size_bytes"],
        chunk_count=row["chunk_count"],
        embedded_count=row["embedded_count"],
        progress=progress,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def select_document(db: Reader, document_id: int) -> Document | None:
    """For the house itself; what a user asks for goes through `select_visible_document`."""
    row = await db.one(_ONE, (document_id,))
    return _document(row) if row else None


async def select_visible_document(db: Reader, document_id: int, owner: str) -> Document | None:
    row = await db.one(_VISIBLE, (document_id, owner))
    return _document(row) if row else None


async def select_documents(
    db: Reader,
    owner: str,
    *,
    limit: int,
    before: int | None,
    state: DocumentState | None,
    q: str | None,
    collection: str | None = None,
) -> list[Document]:
    """Newest first; `q` is looked for in the path, `collection` is a folder with those below it."""
    params: dict[str, Value] = {"owner": owner, "limit": limit, "before": before, "state": state, "q": q}
    params["collection"] = collection
    return [_document(row) for row in await db.all(_LIST, params)]


class Collection(msgspec.Struct, frozen=True):
    """A folder below the user's or the shared one, and how many documents lie in it, without those of its folders."""

    path: str
    documents: int


async def select_collections(db: Reader, owner: str) -> list[Collection]:
    """By path."""
    rows = await db.all(
        "SELECT collection, count(*) AS documents FROM documents"
        " WHERE (owner = ? OR owner IS NULL) AND collection != '' GROUP BY collection ORDER BY collection",
        (owner,),
    )
    return [Collection(row["collection"], row["documents"]) for row in rows]


async def select_documents_of_content(db: Reader, content_id: int) -> list[Document]:
    return [_document(row) for row in await db.all(_BY_CONTENT, (content_id,))]


async def select_document_id(db: Reader, path: str) -> int | None:
    row = await db.one("SELECT id FROM documents WHERE path = ?", (path,))
    return int(row["id"]) if row else None


async def select_document_file(db: Reader, document_id: int) -> DocumentFile | None:
    row = await db.one(
        "SELECT path, sha256, size_bytes, mtime_ns, state, parser_version FROM documents WHERE id = ?", (document_id,)
    )
    return DocumentFile(**dict(row)) if row else None


async def select_document_files(db: Reader) -> list[DocumentFile]:
    rows = await db.all("SELECT path, sha256, size_bytes, mtime_ns, state, parser_version FROM documents ORDER BY id")
    return [DocumentFile(**dict(row)) for row in rows]


async def select_content_id(db: Reader, document_id: int) -> int | None:
    row = await db.one("SELECT content_id FROM documents WHERE id = ?", (document_id,))
    return int(row["content_id"]) if row and row["content_id"] is not None else None


async def select_verdict(db: Reader, sha256: str, parser_version: str) -> DocumentError | None:
    """Why an equal file was found unsupported."""
    row = await db.one(
        "SELECT error_code, error_message FROM documents"
        " WHERE sha256 = ? AND parser_version = ? AND state = 'unsupported' AND error_code IS NOT NULL LIMIT 1",
        (sha256, parser_version),
    )
    return DocumentError(row["error_code"], row["error_message"]) if row else None


async def select_state_counts(db: Reader) -> dict[DocumentState, int]:
    rows = await db.all("SELECT state, count(*) AS n FROM documents GROUP BY state")
    found = {row["state"]: int(row["n"]) for row in rows}
    return {state: found.get(state, 0) for state in STATES}


async def insert_document(tx: Transaction, path: str, *, size_bytes: int = 0, document_id: int | None = None) -> int:
    """A queued document of which only the path is known; the folder says whose it is."""
    owner, collection, title = split_path(path)
    moment = now()
    return await tx.insert(
        "INSERT INTO documents (id, path, owner, title, collection, sha256, size_bytes, mtime_ns, parser_version,"
        " state, created_at, updated_at) VALUES (?, ?, ?, ?, ?, '', ?, 0, '', 'queued', ?, ?)",
        (document_id, path, owner, title, collection, size_bytes, moment, moment),
    )


async def update_document_file(tx: Transaction, document_id: int, facts: FileFacts) -> None:
    await tx.run(
        "UPDATE documents SET sha256 = ?, size_bytes = ?, mtime_ns = ?, parser_version = ?, updated_at = ?"
        " WHERE id = ?",
        (facts.sha256, facts.size_bytes, facts.mtime_ns, facts.parser_version, now(), document_id),
    )


async def update_document_requeued(tx: Transaction, document_id: int, size_bytes: int | None = None) -> None:
    """The file must be read again; what it said before is found until then."""
    await tx.run(
        "UPDATE documents SET sha256 = '', state = 'queued', error_code = NULL, error_message = NULL,"
        " progress_done = NULL, progress_total = NULL, size_bytes = coalesce(?, size_bytes), updated_at = ?"
        " WHERE id = ?",
        (size_bytes, now(), document_id),
    )


async def update_document_state(
    tx: Transaction,
    document_id: int,
    state: DocumentState,
    error: DocumentError | None = None,
    progress: DocumentProgress | None = None,
) -> None:
    await tx.run(
        "UPDATE documents SET state = ?, error_code = ?, error_message = ?, progress_done = ?, progress_total = ?,"
        " updated_at = ? WHERE id = ?",
        (
            state,
            error.code if error else None,
            error.message if error else None,
            progress.done if progress else None,
            progress.total if progress else None,
            now(),
            document_id,
        ),
    )


async def update_document_content(tx: Transaction, document_id: int, content_id: int | None) -> None:
    await tx.run("UPDATE documents SET content_id = ? WHERE id = ?", (content_id, document_id))


async def update_document_path(tx: Transaction, document_id: int, path: str) -> None:
    """Another name, folder or owner for the same file."""
    owner, collection, title = split_path(path)
    await tx.run(
        "UPDATE documents SET path = ?, owner = ?, title = ?, collection = ?, updated_at = ? WHERE id = ?",
        (path, owner, title, collection, now(), document_id),
    )


async def update_embedded_documents(tx: Transaction) -> list[int]:
    """Documents whose last vector has arrived become ready; their ids."""
    rows = await tx.all(
        "SELECT d.id FROM documents d JOIN contents c ON c.id = d.content_id"
        " WHERE d.state = 'embedding' AND c.embedded_count >= c.chunk_count"
    )
    for row in rows:
        await update_document_state(tx, row["id"], "ready")
    return [row["id"] for row in rows]


async def select_embedding_documents(db: Reader, chunk_ids: Sequence[int]) -> list[int]:
    """Documents whose contents these chunks belong to."""
    rows = await db.all(
        "SELECT id FROM documents WHERE content_id IN"
        " (SELECT content_id FROM chunks WHERE id IN (SELECT value FROM json_each(?)))",
        (json.dumps(list(chunk_ids)),),
    )
    return [row["id"] for row in rows]


async def select_embedding_state(db: Reader) -> list[int]:
    """Documents that wait for vectors."""
    return [row["id"] for row in await db.all("SELECT id FROM documents WHERE state = 'embedding' ORDER BY id")]


async def update_incomplete_documents(tx: Transaction) -> None:
    """A ready document whose content lacks vectors is being embedded again."""
    await tx.run(
        "UPDATE documents SET state = 'embedding' WHERE state = 'ready' AND content_id IN"
        " (SELECT id FROM contents WHERE embedded_count < chunk_count)"
    )


async def update_interrupted_documents(tx: Transaction) -> None:
    """What was being read when the house went down waits again; ingest reads it from its start."""
    await tx.run(
        "UPDATE documents SET state = 'queued', progress_done = NULL, progress_total = NULL WHERE state = 'parsing'"
    )


async def delete_document(tx: Transaction, document_id: int) -> None:
    await tx.run("DELETE FROM documents WHERE id = ?", (document_id,))
