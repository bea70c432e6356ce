"""How long a search takes in a large library. One JSON line a figure.

    python -m tests.bench.rag_speed [--chunks 100000] [--index auto] [--storage auto,float32,int8,bit] [--questions 200]
        [--home FOLDER]

Words follow Zipf's law, half of the passages are Korean; vectors lie as e5's do (a common direction and clusters). The
question's vector comes from the real embedder. Limit: p95 of 80 ms, embedding included, warm. Each form of storage is
made from the same vectors, and asked for the nearest of vectors like them: `recall` of the exact 5 nearest. `--home`
keeps the library, and takes the one that is there.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from services.core.config import Config, load_config
from services.core.paths import PROJECT_ROOT
from services.web.library.library import Library, open_library
from services.web.library.retrieval import MIN_CANDIDATES
from services.web.library.shelf import Shelf
from services.web.library.wording import chunk_hash
from services.web.storage.chunks import NewChunk
from services.web.storage.contents import update_embedded_counts
from services.web.storage.documents import insert_document, update_document_content, update_document_state
from services.web.storage.users import User
from services.web.storage.vectors import select_vectors_after
from tests.bench.modelprocess import ModelProcess

LIMIT_MS = 80.0
CHAT_MODEL = PROJECT_ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
PER_DOCUMENT = 200
DIMENSIONS = 384
SYLLABLES = [chr(0xAC00 + 28 * n) for n in range(0, 399, 2)] + [chr(0xAC00 + 28 * n + 4) for n in range(0, 399, 3)]
MINSU = User(1, "minsu", "")


class Words:
    """Draws words of two languages by Zipf's law."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        korean = ["".join(draw.choices(SYLLABLES, k=draw.choice((2, 2, 3, 4)))) for _ in range(20_000)]
        english = ["".join(draw.choices("etaoinshrdlucmf", k=draw.randint(3, 9))) for _ in range(20_000)]
        weights = [1 / (rank + 10) for rank in range(20_000)]
        total = np.cumsum(weights).tolist()
        self._languages = ((korean, total), (english, total))

    def text(self, language: int, words: int) -> str:
        vocabulary, cumulated = self._languages[language]
        return " ".join(self._draw.choices(vocabulary, cum_weights=cumulated, k=words))


class Space:
    """Unit vectors whose cosines lie between 0.7 and 0.95."""

    def __init__(self) -> None:
        self._draw = np.random.default_rng(1)
        common = self._draw.normal(0, 1, DIMENSIONS)
        self._clusters = common / np.linalg.norm(common) + self._draw.normal(0, 0.02, (500, DIMENSIONS))

    def vectors(self, count: int) -> list[bytes]:
        noise = self._draw.normal(0, 1, (count, DIMENSIONS)) * 0.022
        made = self._clusters[self._draw.integers(0, len(self._clusters), count)] + noise
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return [row.astype("<f4").tobytes() for row in made]


async def fill(library: Library, space: Space, chunks: int) -> None:
    """A library of `chunks` passages."""
    words, shelf = Words(random.Random(1)), Shelf(library.index)
    for number in range(chunks // PER_DOCUMENT):
        texts = [words.text(number % 2, 60) for _ in range(PER_DOCUMENT)]
        made = [NewChunk(n, n, n + 1, None, "", text, chunk_hash("", text)) for n, text in enumerate(texts)]
        async with library.db.write() as tx:
            document = await insert_document(tx, f"minsu/{number}.txt")
            content = await shelf.put(tx, str(number), "bench", "\n".join(texts), made)
            await update_document_content(tx, document, content)
            await update_document_state(tx, document, "ready")
            rows = await tx.all("SELECT id FROM chunks WHERE content_id = ? ORDER BY ordinal", (content,))
            await tx.run("DELETE FROM pending_chunks")
            ids = [row["id"] for row in rows]
            await shelf.add_vectors(tx, list(zip(ids, space.vectors(len(ids)), strict=True)))
    async with library.db.write() as tx:
        await update_embedded_counts(tx)


async def samples(library: Library) -> list[str]:
    """One text a document, to ask for."""
    rows = await library.db.all("SELECT text FROM chunks WHERE ordinal = 17 ORDER BY id")
    return [row["text"] for row in rows]


@asynccontextmanager
async def opened(config: Config, process: ModelProcess) -> AsyncIterator[Library]:
    library = await open_library(config, process.client, lambda _: None)
    try:
        yield library
    finally:
        await library.close()


def note(figure: str, **values: object) -> None:
    print(json.dumps({"bench": "rag_speed", "figure": figure, **values}), flush=True)


def say(figure: str, times_s: Sequence[float], **more: object) -> float:
    ordered = sorted(times_s)
    p95 = 1000 * ordered[int(0.95 * len(ordered))]
    note(figure, p50_ms=round(1000 * ordered[len(ordered) // 2], 1), p95_ms=round(p95, 1), **more)
    return p95


async def nearest_exact(library: Library, asked: Sequence[bytes]) -> list[set[int]]:
    """The 5 nearest chunks of each vector, by all products."""
    ids: list[int] = []
    blobs: list[bytes] = []
    while page := await select_vectors_after(library.db, ids[-1] if ids else 0, 5000):
        ids += [chunk for chunk, _ in page]
        blobs += [blob for _, blob in page]
    stored = np.frombuffer(b"".join(blobs), "<f4").reshape(len(ids), DIMENSIONS)
    return [{ids[n] for n in np.argsort(-(stored @ np.frombuffer(blob, "<f4")))[:5]} for blob in asked]


async def measure_index(library: Library, asked: Sequence[bytes]) -> None:
    times: list[float] = []
    found = 0
    for blob, exact in zip(asked, await nearest_exact(library, asked), strict=True):
        started = time.perf_counter()
        near = await library.index.nearest(library.db, blob, MIN_CANDIDATES, None)
        times.append(time.perf_counter() - started)
        found += len(exact & {*near[:5]})
    say("index alone", times, index=library.index.signature, recall=round(found / (5 * len(asked)), 3))


async def measure(library: Library, process: ModelProcess, asked: Sequence[str], chunks: int) -> float:
    whole: list[float] = []
    embedding: list[float] = []
    for question in asked:
        started = time.perf_counter()
        await library.search(MINSU, question, k=5)
        whole.append(time.perf_counter() - started)
        started = time.perf_counter()
        await process.client.embed([question], kind="query")
        embedding.append(time.perf_counter() - started)
    say("embedding a question alone", embedding)
    return say("search", whole, chunks=chunks, index=library.index.signature, limit_ms=LIMIT_MS)


async def run(configs: Sequence[Config], chunks: int, questions: int) -> bool:
    """Filled with the first config's storage, then measured with each."""
    config, space = configs[0], Space()
    process = ModelProcess(config.home.root, CHAT_MODEL)
    config.home.create()
    await process.start()
    try:
        started = time.perf_counter()
        async with opened(config, process) as library:
            if await library.chunk_count() != chunks:
                await fill(library, space, chunks)
            texts = await samples(library)
        note("filled", s=round(time.perf_counter() - started, 1))
        draw = random.Random(2)
        asked = [" ".join(draw.sample(draw.choice(texts).split(), 8)) for _ in range(questions)]
        vectors = space.vectors(questions)
        slowest = 0.0
        for config in configs:
            started = time.perf_counter()
            async with opened(config, process) as library:
                note("opened", index=library.index.signature, s=round(time.perf_counter() - started, 1))
                for question in asked[:20]:
                    await library.search(MINSU, question, k=5)
                slowest = max(slowest, await measure(library, process, asked[20:], chunks))
                await measure_index(library, vectors)
        return slowest <= LIMIT_MS
    finally:
        await process.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--index", default="auto")
    parser.add_argument("--storage", default="auto", help="one or more of auto,float32,int8,bit")
    parser.add_argument("--home", help="an empty folder, or one of an earlier run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        home = options.home or folder
        base = {"ONDOL_HOME": home, "ONDOL_RAG__INDEX": options.index, "ONDOL_RAG__EMBED_TIMEOUT_MS": "5000"}
        configs = [load_config({**base, "ONDOL_RAG__STORAGE": storage}) for storage in options.storage.split(",")]
        return 0 if asyncio.run(run(configs, options.chunks, options.questions)) else 1


if __name__ == "__main__":
    sys.exit(main())
