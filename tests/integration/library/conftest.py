"""A real library on a real SQLite file; the embedder is arithmetic, so that a vector is known without a model."""

import asyncio
import contextlib
import hashlib
import math
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Literal

import pytest

from services.core.config import Config, load_config
from services.core.errors import ModelUnavailable
from services.core.protocol.frames import Priority
from services.web.library.library import Library, open_library
from services.web.library.types import ChunkIn, Document, Embedder, Reranker
from services.web.library.vectors import pack
from services.web.storage.documents import FileFacts
from services.web.storage.users import User

MINSU = User(1, "minsu", "2026-01-01T00:00:00.000Z")
JIWOO = User(2, "지우", "2026-01-01T00:00:00.000Z")
PARSER = "test-1"


class HashingEmbedder:
    """Texts that share character triples point the same way. `away` plays a model process that is not there."""

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions
        self.away = False
        self.delay_s = 0.0
        self.texts: list[str] = []

    async def embed(
        self, texts: Sequence[str], *, kind: Literal["query", "passage"], priority: Priority = "query"
    ) -> list[bytes]:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.away:
            raise ModelUnavailable("the model process is away", reason="away")
        if kind == "passage":
            self.texts.extend(texts)
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> bytes:
        values = [0.01] * self.dimensions
        for i in range(len(text) - 2):
            digest = hashlib.blake2b(text[i : i + 3].encode(), digest_size=4).digest()
            values[int.from_bytes(digest) % self.dimensions] += 1.0
        length = math.sqrt(sum(v * v for v in values))
        return pack([v / length for v in values])


class Shelf:
    """A library as a test holds it: what ingest would say, in one call, and what was told to listeners."""

    def __init__(self, library: Library, embedder: HashingEmbedder, told: list[Document], gone: list[Document]) -> None:
        self.library = library
        self.embedder = embedder
        self.told = told
        self.gone = gone
        self.inbox = library.config.home.inbox

    async def drop(self, path: str, text: str, *, pieces: Sequence[str] = (), heading: str = "") -> int:
        """Write the file and say what it says, cut at blank lines (or into `pieces`)."""
        file = self.inbox / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        sha = hashlib.sha256(text.encode()).hexdigest()
        registered = await self.library.ingestion.register(FileFacts(path, sha, len(text.encode()), 1, PARSER))
        if registered.action == "parse":
            chunks = spans(text, pieces or text.split("\n\n"), heading)
            await self.library.ingestion.put_chunks(int(registered.document_id), sha, PARSER, text, chunks)
        return int(registered.document_id)

    async def settled(self) -> None:
        """Wait until nothing is queued or being embedded."""
        async with asyncio.timeout(20):
            while True:
                counts = await self.library.counts()
                if not (counts["queued"] or counts["parsing"] or counts["embedding"]):
                    return
                await asyncio.sleep(0.01)

    async def told_last(self, state: str) -> None:
        """Wait until listeners heard `state`: right after it was written, so `settled` may be earlier."""
        async with asyncio.timeout(5):
            while True:
                if self.told and self.told[-1].state == state:
                    return
                await asyncio.sleep(0.01)


def spans(text: str, pieces: Sequence[str], heading: str = "") -> list[ChunkIn]:
    chunks: list[ChunkIn] = []
    at = 0
    for piece in (p for p in pieces if p.strip()):
        start = text.index(piece, at)
        at = start + len(piece)
        chunks.append(ChunkIn(len(chunks), start, at, None, heading))
    return chunks


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """What every config of a test starts from."""
    return {"ONDOL_HOME": str(tmp_path / "home")}


@pytest.fixture(params=["sqlite-vec float32", "sqlite-vec int8", "sqlite-vec bit", "sqlite-vss float32"])
def index(request: pytest.FixtureRequest, settings: dict[str, str]) -> str:
    name, settings["ONDOL_RAG__STORAGE"] = str(request.param).split()
    return name


@pytest.fixture
def make_config(settings: dict[str, str]) -> Callable[..., Config]:
    def make(**overrides: str) -> Config:
        config = load_config({**settings, **overrides})
        config.home.create()
        return config

    return make


@contextlib.asynccontextmanager
async def opened(
    config: Config, embedder: Embedder | None = None, *, run: bool = True, reranker: Reranker | None = None
) -> AsyncIterator[Shelf]:
    embedder = embedder or HashingEmbedder()
    told: list[Document] = []
    gone: list[Document] = []
    library = await open_library(config, embedder, told.append, on_removed=gone.append, reranker=reranker)
    task = asyncio.create_task(library.run()) if run else None
    try:
        yield Shelf(library, embedder if isinstance(embedder, HashingEmbedder) else HashingEmbedder(), told, gone)
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await library.close()


@pytest.fixture
async def shelf(make_config: Callable[..., Config], index: str) -> AsyncIterator[Shelf]:
    async with opened(make_config(ONDOL_RAG__INDEX=index)) as held:
        yield held
