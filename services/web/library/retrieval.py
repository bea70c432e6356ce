"""One search: words and meaning side by side, fused, grouped by document."""

import asyncio
import heapq
import logging
import sqlite3
import time
from collections.abc import Mapping, Sequence

from services.core.config import RagConfig
from services.core.errors import OndolError
from services.web.library.fusion import candidates, fuse
from services.web.library.grouping import Group, Scored, Span, collapse, group
from services.web.library.lexical import (
    MAX_QUERY_CHARS,
    Term,
    choose,
    coverage,
    match_expression,
    normalise,
    query_terms,
)
from services.web.library.shelf import DIMENSIONS_FACT
from services.web.library.types import AlsoIn, Embedder, Hit, Observer, PassageHit
from services.web.library.vectors import dot, unpack
from services.web.storage.chunks import select_passages
from services.web.storage.contents import select_text
from services.web.storage.database import Database
from services.web.storage.facts import select_fact
from services.web.storage.scope import Scope, ScopedDocument, covers_everything, select_scoped_documents
from services.web.storage.stems import Stemmer
from services.web.storage.vector_index import VectorIndex
from services.web.storage.vectors import select_vectors
from services.web.storage.words import select_best, select_term_counts

log = logging.getLogger(__name__)

MIN_CANDIDATES = 50
MAX_MORE = 4
COVERAGE_OF = 3


class Retrieval:
    def __init__(
        self, rag: RagConfig, db: Database, index: VectorIndex, embedder: Embedder, observer: Observer
    ) -> None:
        self._rag = rag
        self._db = db
        self._index = index
        self._embedder = embedder
        self._observer = observer
        self._stemmer = Stemmer()

    async def search(self, query: str, scope: Scope, k: int) -> list[Hit]:
        """At most `k` documents, best first. Goes by words alone when the query's vector is late."""
        started = time.monotonic()
        query = normalise(query).strip()[:MAX_QUERY_CHARS]
        if not query:
            return []
        narrow = None if await covers_everything(self._db, scope) else scope
        limit = max(MIN_CANDIDATES, 4 * k)
        meaning = asyncio.create_task(self._by_meaning(query, limit, narrow))
        try:
            terms = query_terms(query)
            bm25 = await self._by_words(terms, limit, narrow)
            share = await self._coverage(terms, bm25, scope)
            vector, nearest = await meaning
        finally:
            meaning.cancel()
        cosines = await self._cosines(vector, [*{*nearest, *bm25}]) if vector else {}
        fused = fuse(candidates(bm25, cosines), self._rag.vector_weight, self._rag.min_score, share)
        hits = await self._hits(scope, fused, k)
        self._observer.searched(time.monotonic() - started, lexical_only=vector is None)
        return hits

    def close(self) -> None:
        self._stemmer.close()

    async def _embed(self, query: str) -> bytes | None:
        try:
            async with asyncio.timeout(self._rag.embed_timeout_ms / 1000):
                return (await self._embedder.embed([query], kind="query", priority="query"))[0]
        except (TimeoutError, OndolError) as error:
            log.debug("searching by words alone: %s", error or "the embedder is late")
            return None

    async def _coverage(self, terms: Sequence[Term], bm25: Mapping[int, float], scope: Scope) -> float:
        best = heapq.nlargest(COVERAGE_OF, bm25, key=bm25.__getitem__)
        passages = await select_passages(self._db, scope, best) if best else []
        return max((coverage(terms, f"{p.heading} {p.text}") for p in passages), default=0.0)

    async def _by_words(self, terms: Sequence[Term], limit: int, scope: Scope | None) -> dict[int, float]:
        chosen = choose(terms, await self._counts(terms))
        return await select_best(self._db, match_expression(chosen), limit, scope) if chosen else {}

    async def _counts(self, terms: Sequence[Term]) -> dict[str, int]:
        """In how many chunks each term occurs, by the term as it is asked."""
        stems = self._stemmer.stems([term.text for term in terms])
        counts = await select_term_counts(self._db, stems)
        return {term.text: counts.get(stem, 0) for term, stem in zip(terms, stems, strict=True)}

    async def _by_meaning(self, query: str, limit: int, scope: Scope | None) -> tuple[bytes | None, list[int]]:
        """The query's vector, None when it is late, and the nearest chunks."""
        vector = await self._embed(query)
        return (vector, await self._nearest(vector, limit, scope)) if vector else (None, [])

    async def _cosines(self, vector: bytes, chunk_ids: Sequence[int]) -> dict[int, float]:
        """Exact cosines of those chunks that have a vector."""
        blobs = await select_vectors(self._db, chunk_ids)
        asked = unpack(vector)
        size = len(vector)
        return {chunk: dot(asked, unpack(blob)) for chunk, blob in blobs.items() if len(blob) == size}

    async def _nearest(self, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        # Before the first vector, and while another embedder's vectors are replaced, there is no index to ask.
        if await select_fact(self._db, DIMENSIONS_FACT) != str(len(vector) // 4):
            return []
        try:
            return await self._index.nearest(self._db, vector, limit, scope)
        except sqlite3.Error as error:
            log.error("the vector index is damaged, the next start repairs it: %s", error)
            return []

    async def _hits(self, scope: Scope, fused: Sequence[tuple[int, float]], k: int) -> list[Hit]:
        scores = dict(fused)
        passages = await select_passages(self._db, scope, list(scores))
        groups = collapse(group([Scored(p, scores[p.chunk_id]) for p in passages]), k)
        contents = [c for g in groups for c in (g.content_id, *g.duplicates)]
        documents: dict[int, list[ScopedDocument]] = {}
        for document in await select_scoped_documents(self._db, scope, contents):
            documents.setdefault(document.content_id, []).append(document)
        return [await self._hit(g, documents) for g in groups if documents.get(g.content_id)]

    async def _hit(self, found: Group, documents: Mapping[int, list[ScopedDocument]]) -> Hit:
        saying, *others = [d for c in (found.content_id, *found.duplicates) for d in documents.get(c, ())]
        first, *more = [await self._passage(found.content_id, span) for span in found.spans[: 1 + MAX_MORE]]
        return Hit(
            document_id=str(saying.id),
            title=saying.title,
            chunk_id=first.chunk_id,
            text=first.text,
            score=first.score,
            page=first.page,
            start=first.start,
            end=first.end,
            heading=first.heading,
            more=tuple(more),
            also_in=tuple(AlsoIn(str(d.id), d.title) for d in others),
        )

    async def _passage(self, content_id: int, span: Span) -> PassageHit:
        best = span.best.passage
        text = best.text if span.chunks == 1 else await select_text(self._db, content_id, span.start, span.end)
        return PassageHit(
            str(best.chunk_id), text, round(span.best.score, 4), span.page, span.start, span.end, best.heading
        )
