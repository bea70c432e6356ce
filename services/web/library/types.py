"""What crosses the library's border."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from services.core.protocol.frames import Priority
from services.web.storage.documents import Document, DocumentState

__all__ = [
    "AlsoIn",
    "ChunkIn",
    "Document",
    "DocumentState",
    "Embedder",
    "Hit",
    "Observer",
    "PassageHit",
    "Reranker",
    "Surroundings",
    "Unobserved",
    "Why",
]


class Embedder(Protocol):
    """One little-endian float32 blob of length 1 a text. Raises ModelUnavailable."""

    async def embed(
        self, texts: Sequence[str], *, kind: Literal["query", "passage"], priority: Priority = "query"
    ) -> list[bytes]: ...


class Reranker(Protocol):
    """A score for each of the first texts, as many as are read within `within_s`, higher is better. Raises
    ModelUnavailable."""

    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> Sequence[float]: ...


class Observer(Protocol):
    """Where measurements go. Times in seconds."""

    def searched(self, seconds: float, *, lexical_only: bool) -> None: ...
    def embedded(self, chunks: int, seconds: float) -> None: ...
    def ingested(self, seconds: float) -> None: ...
    def ingest_failed(self) -> None: ...


class Unobserved:
    """Nobody measures."""

    def searched(self, seconds: float, *, lexical_only: bool) -> None:
        """Forget it."""

    def embedded(self, chunks: int, seconds: float) -> None:
        """Forget it."""

    def ingested(self, seconds: float) -> None:
        """Forget it."""

    def ingest_failed(self) -> None:
        """Forget it."""


class Why(msgspec.Struct, frozen=True):
    """What a score was made of: BM25 of the shared words (null where none is shared) and the cosine of the meanings
    (null where there was no vector). The score of a search is relative to its best; these are not."""

    bm25: float | None
    cosine: float | None


class PassageHit(msgspec.Struct, frozen=True):
    """A further passage of a document. `start` and `end` are code points into the document's text."""

    chunk_id: str
    text: str
    score: float
    page: int | None
    start: int
    end: int
    heading: str
    why: Why | None = None


class AlsoIn(msgspec.Struct, frozen=True):
    """Another document that says (nearly) the same."""

    document_id: str
    title: str


class Hit(msgspec.Struct, frozen=True):
    """A document and its best passage; `score` between 0 and 1 within one search."""

    document_id: str
    title: str
    chunk_id: str
    text: str
    score: float
    page: int | None
    start: int
    end: int
    heading: str
    more: tuple[PassageHit, ...] = ()
    also_in: tuple[AlsoIn, ...] = ()
    why: Why | None = None


class ChunkIn(msgspec.Struct, frozen=True):
    """A chunk as ingest cut it: code points into the text it is sent with."""

    ordinal: int
    start: int
    end: int
    page: int | None = None
    heading: str = ""


class Surroundings(msgspec.Struct, frozen=True):
    """A passage in its place: `text` lies between `before` and `after`."""

    document_id: str
    title: str
    start: int
    end: int
    text: str
    before: str
    after: str
    page: int | None
