"""One search: words and meaning side by side, fused, perhaps put in order by a reranker, grouped by document."""

import asyncio
import heapq
import logging
import sqlite3
import time
from collections.abc import Mapping, Sequence, Set

import msgspec

from services.core.config import RagConfig
from services.core.errors import OndolError
from services.web.library.embedder import is_embedded_by
from services.web.library.fusion import candidates, fuse
from services.web.library.grouping import Group, Scored, Span, collapse, group
from services.web.library.languages import Languages
from services.web.library.lexical import (
    MAX_QUERY_CHARS,
    Term,
    attainable,
    choose,
    coverage,
    is_cjk,
    match_expression,
    normalise,
    query_terms,
)
from services.web.library.reranking import Reranking
from services.web.library.shelf import DIMENSIONS_FACT
from services.web.library.types import AlsoIn, Embedder, Hit, Observer, PassageHit, Reranker, Why
from services.web.library.vectors import dot, unpack
from services.web.storage.chunks import Passage, select_chunk_total, select_passages
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
EMBED_ALONE_S = 0.04
"""So long words wait for the query's vector: the embedder uses every core, and all at once took 66 ms (p95 82) where
this takes 54 (64). Words and vectors are then searched side by side."""
MAX_CONTEXT_TERMS = 8
MAX_MORE = 4
COVERAGE_OF = 3
FOREIGN_SHARE = 2
"""So many times fewer texts of the other script are fetched: two of them are shown."""


class _Words(msgspec.Struct, frozen=True):
    """What words found; `attainable` is the BM25 of a text that holds all that was asked for."""

    terms: Sequence[Term]
    bm25: dict[int, float]
    attainable: float


class _Nearest(msgspec.Struct, frozen=True):
    """The question's vector, the same where the other script's texts lie, and the chunks near either."""

    vector: bytes | None = None
    moved: bytes | None = None
    chunks: frozenset[int] = frozenset()


class Retrieval:
    def __init__(
        self,
        rag: RagConfig,
        db: Database,
        index: VectorIndex,
        embedder: Embedder,
        name: str,
        observer: Observer,
        reranker: Reranker | None = None,
    ) -> None:
        self._rag = rag
        self._db = db
        self._index = index
        self._embedder = embedder
        self._name = name
        self._observer = observer
        self._stemmer = Stemmer()
        self._languages = Languages()
        self._reranking = Reranking(rag, reranker)

    async def search(self, query: str, scope: Scope, k: int, context: str = "") -> list[Hit]:
        """At most `k` documents, best first; `context` is what the query leans on. Goes by words alone when the query's
        vector is late."""
        started = time.monotonic()
        query = normalise(query).strip()[:MAX_QUERY_CHARS]
        if not query:
            return []
        narrow = None if await covers_everything(self._db, scope) else scope
        limit = max(MIN_CANDIDATES, 4 * k)
        asked = f"{normalise(context)} {query}".strip()
        embedding = asyncio.create_task(self._embed(asked))
        meaning = asyncio.create_task(self._by_meaning(embedding, query, limit, narrow))
        try:
            await asyncio.wait({embedding}, timeout=EMBED_ALONE_S)
            words = await self._by_words(query_terms(query), query_terms(context), limit, narrow)
            nearest = await meaning
        finally:
            meaning.cancel()
            embedding.cancel()
        found = {p.chunk_id: p for p in await select_passages(self._db, scope, [*{*nearest.chunks, *words.bm25}])}
        foreign = {i for i, p in found.items() if is_cjk(p.text) != is_cjk(query)} if nearest.moved else set()
        cosines = await self._cosines(nearest, list(found), foreign)
        fused = self._fused(words, cosines, foreign, found)
        places = await self._reranking.places(asked, fused, found)
        scored = [
            Scored(found[i], score, places.get(i, len(places)), _why(words.bm25.get(i), cosines.get(i)))
            for i, score in fused
            if i in found
        ]
        hits = await self._hits(scope, scored, k)
        self._observer.searched(time.monotonic() - started, lexical_only=nearest.vector is None)
        return hits

    def _fused(
        self, words: _Words, cosines: Mapping[int, float], foreign: Set[int], found: Mapping[int, Passage]
    ) -> list[tuple[int, float]]:
        best = heapq.nlargest(COVERAGE_OF, words.bm25, key=words.bm25.__getitem__)
        texts = [f"{found[i].heading} {found[i].text}" for i in best if i in found]
        share = max((coverage(words.terms, text) for text in texts), default=0.0)
        listed = candidates(words.bm25, cosines, foreign)
        return fuse(listed, self._rag.vector_weight, self._rag.min_score, share, words.attainable)

    def close(self) -> None:
        self._stemmer.close()

    async def _embed(self, query: str) -> bytes | None:
        try:
            async with asyncio.timeout(self._rag.embed_timeout_ms / 1000):
                return (await self._embedder.embed([query], kind="query", priority="query"))[0]
        except (TimeoutError, OndolError) as error:
            log.debug("searching by words alone: %s", error or "the embedder is late")
            return None

    async def _by_words(
        self, terms: Sequence[Term], context: Sequence[Term], limit: int, scope: Scope | None
    ) -> _Words:
        counts = await self._counts([*terms, *context])
        asked, chosen = list(terms), choose(terms, counts)
        if context:
            # A term that is named twice counts twice.
            leant_on = choose([t for t in context if t not in terms], counts)[:MAX_CONTEXT_TERMS]
            asked, chosen = [*terms, *terms, *leant_on], [*chosen, *chosen, *leant_on]
        bm25 = await select_best(self._db, match_expression(chosen), limit, scope) if chosen else {}
        return _Words(terms, bm25, attainable(asked, counts, await select_chunk_total(self._db)))

    async def _counts(self, terms: Sequence[Term]) -> dict[str, int]:
        """In how many chunks each term occurs, by the term as it is asked."""
        stems = self._stemmer.stems([term.text for term in terms])
        counts = await select_term_counts(self._db, stems)
        return {term.text: counts.get(stem, 0) for term, stem in zip(terms, stems, strict=True)}

    async def _by_meaning(
        self, embedding: asyncio.Task[bytes | None], query: str, limit: int, scope: Scope | None
    ) -> _Nearest:
        vector = await embedding
        if vector is None or not await is_embedded_by(self._db, self._name):
            return _Nearest()
        moved = await self._languages.moved(self._db, vector, query)
        asked = [self._nearest(vector, limit, scope)]
        if moved is not None:
            asked.append(self._nearest(moved, limit // FOREIGN_SHARE, scope))
        chunks = {chunk for near in await asyncio.gather(*asked) for chunk in near}
        return _Nearest(vector, moved, frozenset(chunks))

    async def _cosines(self, nearest: _Nearest, chunk_ids: Sequence[int], foreign: Set[int]) -> dict[int, float]:
        """Exact cosines of those chunks that have a vector; a foreign one's with the moved question."""
        if nearest.vector is None:
            return {}
        size = len(nearest.vector)
        own, other = unpack(nearest.vector), unpack(nearest.moved or nearest.vector)
        blobs = await select_vectors(self._db, chunk_ids)
        return {i: dot(other if i in foreign else own, unpack(b)) for i, b in blobs.items() if len(b) == size}

    async def _nearest(self, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        # Before the first vector, and while another embedder's vectors are replaced, there is no index to ask.
        if await select_fact(self._db, DIMENSIONS_FACT) != str(len(vector) // 4):
            return []
        try:
            return await self._index.nearest(self._db, vector, limit, scope)
        except sqlite3.Error as error:
            log.error("the vector index is damaged, the next start repairs it: %s", error)
            return []

    async def _hits(self, scope: Scope, scored: Sequence[Scored], k: int) -> list[Hit]:
        groups = collapse(group(scored), k)
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
            why=first.why,
        )

    async def _passage(self, content_id: int, span: Span) -> PassageHit:
        best = span.best.passage
        text = best.text if span.chunks == 1 else await select_text(self._db, content_id, span.start, span.end)
        return PassageHit(
            chunk_id=str(best.chunk_id),
            text=text,
            score=round(span.best.score, 4),
            page=span.page,
            start=span.start,
            end=span.end,
            heading=best.heading,
            why=span.best.why,
        )


def _why(bm25: float | None, cosine: float | None) -> Why:
    """Rounded as people read it."""
    return Why(None if bm25 is None else round(bm25, 2), None if cosine is None else round(cosine, 3))
