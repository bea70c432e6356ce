"""The library as the rest of the web process sees it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from services.core.config import Config
from services.core.errors import DatabaseDamaged, DiskError, DiskFull, NotFound
from services.web.library import files
from services.web.library.checks import WORDS_FACT, Repairs, check
from services.web.library.citing import Citing
from services.web.library.editing import Editing
from services.web.library.embedder import EMBEDDER_FACT
from services.web.library.embedding import EmbeddingJob
from services.web.library.ingestion import Ingestion
from services.web.library.retrieval import Retrieval
from services.web.library.shelf import INDEX_FACT, Shelf
from services.web.library.types import Embedder, Hit, Observer, Reranker, Surroundings, Unobserved
from services.web.safety.rescue import discard_library
from services.web.storage.chunks import Passage, select_chunk_count, select_passage
from services.web.storage.citations import select_chunk_at
from services.web.storage.contents import select_text
from services.web.storage.database import Database, open_database
from services.web.storage.documents import (
    Collection,
    Document,
    DocumentProgress,
    DocumentState,
    select_collections,
    select_content_id,
    select_document,
    select_documents,
    select_state_counts,
)
from services.web.storage.facts import select_fact
from services.web.storage.migrate import NewerDatabase
from services.web.storage.scope import Scope
from services.web.storage.users import User
from services.web.storage.vector_index import VectorIndex, choose_index

log = logging.getLogger(__name__)

CONTENT_CHARS = 200_000
SURROUNDING_CHARS = 2_000
MAX_SPAN_CHARS = 20_000
OnChange = Callable[[Document], None]


class Library:
    """Documents, and finding them. `on_change` hears of every document that changed, `on_removed` of those gone."""

    def __init__(
        self,
        config: Config,
        db: Database,
        index: VectorIndex,
        embedder: Embedder,
        on_change: OnChange,
        observer: Observer | None = None,
        on_removed: OnChange | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        observer = observer or Unobserved()
        self.db = db
        self.config = config
        self.index = index
        self._on_change = on_change
        self._on_removed = on_removed
        self._shelf = Shelf(index)
        self.rests: Callable[[], bool] = lambda: False
        """Whether no document is to be taken in or embedded for now."""
        self.citing = Citing(db)
        name = Path(config.model.embedder).name
        self._retrieval = Retrieval(config.rag, db, index, embedder, name, observer, reranker)
        self._job = EmbeddingJob(db, self._shelf, embedder, name, self._notify, observer)
        self.ingestion = Ingestion(db, self._shelf, self._notify, self._job.wake, observer)
        self.editing = Editing(config.home, db, self._shelf, self._notify, shared_writable=config.rag.shared_writable)

    async def check(self) -> Repairs:
        """Repair what is derived; done by `open_library`."""
        return await check(self.db, self._shelf, Path(self.config.model.embedder).name)

    async def run(self) -> None:
        """Embed what waits, for ever."""
        await self._job.run(self._resting)

    def _resting(self) -> bool:
        return self.rests()

    async def embed_all(self) -> None:
        """Embed what waits now, and return. Raises ModelUnavailable."""
        while await self._job.step():
            pass

    def wake(self) -> None:
        """Tell the embedding job that chunks wait."""
        self._job.wake()

    async def close(self) -> None:
        self._retrieval.close()
        await self.db.close()

    async def search(
        self,
        user: User,
        query: str,
        *,
        k: int,
        document_ids: Sequence[int] = (),
        collections: Sequence[str] = (),
        context: str = "",
    ) -> list[Hit]:
        """The `k` documents that answer best, of those the user may see (and of `document_ids` and `collections`, where
        given); `context` is what was said before, where the query leans on it (`followup.context_of`). Waits at most
        rag.embed_timeout_ms for the query's vector and goes by words alone then."""
        scope = Scope(user.username, tuple(document_ids), tuple(collections))
        return await self._retrieval.search(query, scope, k, context)

    async def documents(
        self,
        user: User,
        *,
        limit: int,
        before: int | None = None,
        state: DocumentState | None = None,
        q: str | None = None,
        collection: str | None = None,
    ) -> list[Document]:
        """Newest first; `q` is looked for in the path, `collection` is a folder with those below it."""
        found = await select_documents(
            self.db, user.username, limit=limit, before=before, state=state, q=q, collection=collection
        )
        return [self._timed(document) for document in found]

    async def collections(self, user: User) -> list[Collection]:
        """Folders with documents that the user may see, by path."""
        return await select_collections(self.db, user.username)

    async def document(self, user: User, document_id: int) -> Document:
        """Raises NotFound for what the user may not see."""
        return self._timed(await self.editing.visible(user, document_id))

    async def text(self, user: User, document_id: int) -> str:
        """The first CONTENT_CHARS characters of what a document says, '' before it is read. Raises NotFound."""
        await self.editing.visible(user, document_id)
        content_id = await select_content_id(self.db, document_id)
        return "" if content_id is None else await select_text(self.db, content_id, 0, CONTENT_CHARS)

    async def surroundings(
        self, user: User, document_id: int, chunk_id: int, span: tuple[int, int] | None = None
    ) -> Surroundings:
        """A passage with SURROUNDING_CHARS characters on either side: the chunk, widened to `span` where that holds it,
        else the chunk nearest to `span`. Raises NotFound."""
        document = await self.editing.visible(user, document_id)
        content_id = await select_content_id(self.db, document_id)
        passage = await self._passage_at(content_id, chunk_id, span) if content_id is not None else None
        if content_id is None or passage is None:
            raise NotFound(f"no chunk {chunk_id} in document {document_id}", chunk_id=str(chunk_id))
        start, end = passage.start, passage.end
        if span is not None and span[0] <= start and end <= span[1] <= start + MAX_SPAN_CHARS:
            start, end = span
        before = await select_text(self.db, content_id, start - SURROUNDING_CHARS, start)
        text = await select_text(self.db, content_id, start, end)
        after = await select_text(self.db, content_id, end, end + SURROUNDING_CHARS)
        return Surroundings(document.id, document.title, start, start + len(text), text, before, after, passage.page)

    async def _passage_at(self, content_id: int, chunk_id: int, span: tuple[int, int] | None) -> Passage | None:
        passage = await select_passage(self.db, content_id, chunk_id)
        if passage is not None or span is None:
            return passage
        nearest = await select_chunk_at(self.db, content_id, span[0])
        return None if nearest is None else await select_passage(self.db, content_id, nearest)

    async def file(self, user: User, document_id: int) -> tuple[Document, Path]:
        """A document and its file. Raises NotFound when either is gone."""
        document = await self.editing.visible(user, document_id)
        return document, await asyncio.to_thread(self.editing.file, document)

    async def delete(self, user: User, document_id: int) -> None:
        """Into the trash. Raises NotFound, Forbidden."""
        gone = await self.editing.delete(user, document_id)
        if self._on_removed is not None:
            self._on_removed(gone)

    async def removed(self, paths: Sequence[str]) -> None:
        """Ingest says that these files are gone."""
        for gone in await self.ingestion.removed(paths):
            if self._on_removed is not None:
                self._on_removed(gone)

    async def counts(self) -> dict[DocumentState, int]:
        """Documents per state; every state is named."""
        return await select_state_counts(self.db)

    async def settled(self) -> bool:
        """Whether nothing waits to be read or embedded."""
        counts = await self.counts()
        return not (counts["queued"] or counts["parsing"] or counts["embedding"])

    async def setup(self) -> str:
        """What search is made of, in a line: another one may find other things."""
        made_of = [f"{name} {await select_fact(self.db, name)}" for name in (EMBEDDER_FACT, WORDS_FACT, INDEX_FACT)]
        rag = self.config.rag
        own = f"chunk_tokens {self.config.ingest.chunk_tokens}, weight {rag.vector_weight}, floor {rag.min_score}"
        if rag.reranker:
            own += f", reranker {Path(rag.reranker).name} over {rag.rerank_passages}"
        return ", ".join([*made_of, own])

    async def chunk_count(self) -> int:
        return await select_chunk_count(self.db)

    async def _notify(self, document_ids: Sequence[int]) -> None:
        for document_id in document_ids:
            document = await select_document(self.db, document_id)
            if document is not None:
                self._on_change(self._timed(document))

    def _timed(self, document: Document) -> Document:
        progress = document.progress
        eta_s = self._eta_s(document, progress) if progress is not None else None
        if progress is None or eta_s is None:
            return document
        return msgspec.structs.replace(document, progress=msgspec.structs.replace(progress, eta_s=round(eta_s, 1)))

    def _eta_s(self, document: Document, progress: DocumentProgress) -> float | None:
        if document.state == "parsing":
            return self.ingestion.reading_eta_s(int(document.id), progress)
        speed = self._job.chunks_per_s
        return (progress.total - progress.done) / speed if speed else None


async def _checked(library: Library) -> None:
    try:
        await library.check()
    except (DiskFull, DiskError) as error:
        log.error("the library is used as it is, the next start checks it: %s", error.message)


async def open_library(
    config: Config,
    embedder: Embedder,
    on_change: OnChange,
    observer: Observer | None = None,
    on_removed: OnChange | None = None,
    reranker: Reranker | None = None,
) -> Library:
    """Open library.db with its vector index, checked and repaired; one that is damaged, or was left by a newer Ondol,
    is made anew from the inbox.

    Raises ConfigError when the index that was asked for does not load.
    """

    async def opened() -> Library:
        index, extensions = choose_index(config.rag.index, config.rag.storage)
        # Two readers: a search asks the word index and the vector index side by side, and there may be but two cores.
        db = await open_database(
            config.home.library_db, schema="library", synchronous="NORMAL", extensions=extensions, readers=2
        )
        library = Library(config, db, index, embedder, on_change, observer, on_removed, reranker)
        try:
            await _checked(library)
            files.sweep(config.home)
        except BaseException:
            await db.close()
            raise
        return library

    try:
        return await opened()
    except DatabaseDamaged:
        discard_library(config.home)
    except NewerDatabase:
        discard_library(config.home, "library_renewed")
    return await opened()
