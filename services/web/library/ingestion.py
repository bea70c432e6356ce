"""What ingest tells: files seen, read, moved and gone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from services.core.errors import BadRequest, Conflict, NotFound
from services.web.library.paths import check_path
from services.web.library.shelf import Shelf
from services.web.library.types import ChunkIn, Observer
from services.web.library.wording import cut
from services.web.storage.contents import Content, select_content_by_sha
from services.web.storage.database import Database, Transaction
from services.web.storage.documents import (
    Document,
    DocumentError,
    DocumentFile,
    DocumentProgress,
    DocumentState,
    FileFacts,
    insert_document,
    select_document,
    select_document_file,
    select_document_files,
    select_document_id,
    select_verdict,
    update_document_file,
    update_document_path,
    update_document_state,
)

FINAL: frozenset[DocumentState] = frozenset({"embedding", "ready", "failed", "unsupported"})
Notify = Callable[[Sequence[int]], Awaitable[None]]


class Registered(msgspec.Struct, frozen=True):
    """`known`: nothing to do. `parse`: send the chunks."""

    action: Literal["parse", "known"]
    document_id: str


class _Reading(msgspec.Struct, frozen=True):
    """When the reading of a file began (monotonic seconds), and how many pages were known already."""

    began: float
    done: int


class Ingestion:
    """`notify` is called with the ids of changed documents after each commit; `wake` when chunks wait for vectors."""

    def __init__(
        self, db: Database, shelf: Shelf, notify: Notify, wake: Callable[[], None], observer: Observer
    ) -> None:
        self._db = db
        self._shelf = shelf
        self._notify = notify
        self._wake = wake
        self._observer = observer
        self._reading: dict[int, _Reading] = {}

    async def files(self) -> list[DocumentFile]:
        """Everything the library knows of the inbox."""
        return await select_document_files(self._db)

    def reading_eta_s(self, document_id: int, progress: DocumentProgress) -> float | None:
        """Seconds until a file is read, at the pace so far; None while there is none."""
        reading = self._reading.get(document_id)
        if reading is None or progress.done <= reading.done:
            return None
        per_page_s = (time.monotonic() - reading.began) / (progress.done - reading.done)
        return (progress.total - progress.done) * per_page_s

    async def register(self, facts: FileFacts) -> Registered:
        """A file is there and says this. Raises BadRequest for a path outside the folders of users."""
        check_path(facts.path)
        async with self._db.write() as tx:
            document_id = await select_document_id(tx, facts.path)
            before = await select_document_file(tx, document_id) if document_id is not None else None
            if document_id is None:
                document_id = await insert_document(tx, facts.path)
            known = await self._recognise(tx, document_id, before, facts)
            await update_document_file(tx, document_id, facts)
        await self._notify([document_id])
        return Registered("known" if known else "parse", str(document_id))

    async def _recognise(
        self, tx: Transaction, document_id: int, before: DocumentFile | None, facts: FileFacts
    ) -> bool:
        if before is not None and before.state in FINAL and _same(before, facts):
            return True
        content = await select_content_by_sha(tx, facts.sha256, facts.parser_version)
        if content is not None:
            await self._link(tx, document_id, content)
            return True
        verdict = await select_verdict(tx, facts.sha256, facts.parser_version)
        if verdict is not None:
            await self._shelf.link(tx, document_id, None)
            await update_document_state(tx, document_id, "unsupported", verdict)
            return True
        await update_document_state(tx, document_id, "queued")
        return False

    async def _link(self, tx: Transaction, document_id: int, content: Content) -> None:
        await self._shelf.link(tx, document_id, content.id)
        whole = content.embedded_count >= content.chunk_count
        await update_document_state(tx, document_id, "ready" if whole else "embedding")

    async def set_state(
        self,
        document_id: int,
        state: Literal["parsing", "failed", "unsupported"],
        error: DocumentError | None,
        progress: DocumentProgress | None,
    ) -> None:
        """How the reading goes. A file that cannot be read says nothing any more. Raises NotFound."""
        async with self._db.write() as tx:
            await self._file(tx, document_id)
            if state != "parsing":
                await self._shelf.link(tx, document_id, None)
            await update_document_state(tx, document_id, state, error, progress)
        if state == "parsing":
            done = progress.done if progress is not None else 0
            self._reading.setdefault(document_id, _Reading(time.monotonic(), done))
        else:
            self._reading.pop(document_id, None)
            self._observer.ingest_failed()
        await self._notify([document_id])

    async def put_chunks(
        self, document_id: int, sha256: str, parser_version: str, text: str, chunks: Sequence[ChunkIn]
    ) -> None:
        """What the file says; searchable by its words when this returns.

        Raises NotFound when the document is gone, Conflict when the file has changed meanwhile (drop the work),
        BadRequest for spans that cannot be.
        """
        made = await asyncio.to_thread(cut, text, chunks)
        async with self._db.write() as tx:
            file = await self._file(tx, document_id)
            if file.sha256 != sha256:
                raise Conflict("the file has changed since it was read", document_id=str(document_id))
            content = await select_content_by_sha(tx, sha256, parser_version)
            if content is None:
                await self._shelf.put(tx, sha256, parser_version, text, made)
                content = await select_content_by_sha(tx, sha256, parser_version)
                assert content is not None
            await self._link(tx, document_id, content)
        now = time.monotonic()
        self._observer.ingested(now - self._reading.pop(document_id, _Reading(now, 0)).began)
        self._wake()
        await self._notify([document_id])

    async def moved(self, source: str, target: str) -> int:
        """The same file under another name: nothing is read again. Raises NotFound when neither path is known."""
        check_path(target)
        async with self._db.write() as tx:
            document_id = await select_document_id(tx, source)
            present = await select_document_id(tx, target)
            if document_id is None:
                if present is None:
                    raise NotFound(f"no document at {source!r}", path=source)
                return present  # web itself renamed it, or this is told twice
            if present is not None:
                await self._shelf.remove(tx, present)
            await update_document_path(tx, document_id, target)
        await self._notify([document_id])
        return document_id

    async def removed(self, paths: Sequence[str]) -> list[Document]:
        """The files are gone; their documents go. Those that were known, as they were."""
        gone: list[Document] = []
        for path in paths:
            async with self._db.write() as tx:  # one each: a long list must not hold up an upload
                document_id = await select_document_id(tx, path)
                document = await select_document(tx, document_id) if document_id is not None else None
                if document is not None:
                    await self._shelf.remove(tx, int(document.id))
                    gone.append(document)
        return gone

    async def _file(self, tx: Transaction, document_id: int) -> DocumentFile:
        file = await select_document_file(tx, document_id)
        if file is None:
            raise NotFound(f"no document {document_id}", document_id=str(document_id))
        return file


def _same(before: DocumentFile, facts: FileFacts) -> bool:
    return (before.sha256, before.parser_version) == (facts.sha256, facts.parser_version)


def checked_progress(done: int, total: int) -> DocumentProgress:
    """Raises BadRequest for a progress that cannot be."""
    if not 0 <= done <= total:
        raise BadRequest(f"progress {done} of {total} cannot be", done=done, total=total)
    return DocumentProgress(done, total)
