"""How long a search takes in a large library. One JSON line a figure.

    python -m tests.bench.rag_speed [--chunks 100000] [--index auto] [--questions 200]

Words follow Zipf's law, half of the passages are Korean; vectors lie as e5's do (a common direction and clusters). The
question's vector comes from the real embedder. Limit: p95 of 80 ms, embedding included, warm.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence

import numpy as np

from services.core.config import Config, load_config
from services.core.paths import PROJECT_ROOT
from services.web.library.library import Library, open_library
from services.web.library.shelf import Shelf
from services.web.library.wording import chunk_hash
from services.web.storage.chunks import NewChunk
from services.web.storage.contents import update_embedded_counts
from services.web.storage.documents import insert_document, update_document_content, update_document_state
from services.web.storage.users import User
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


def vectors(count: int, draw: np.random.Generator, clusters: np.ndarray) -> list[bytes]:
    """Unit vectors whose cosines lie between 0.7 and 0.95."""
    noise = draw.normal(0, 1, (count, DIMENSIONS)) * 0.022
    made = clusters[draw.integers(0, len(clusters), count)] + noise
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return [row.astype("<f4").tobytes() for row in made]


async def fill(library: Library, chunks: int) -> list[str]:
    """A library of `chunks` passages; some of its texts, to ask for."""
    draw, arithmetic = random.Random(1), np.random.default_rng(1)
    common = arithmetic.normal(0, 1, DIMENSIONS)
    clusters = common / np.linalg.norm(common) + arithmetic.normal(0, 0.02, (500, DIMENSIONS))
    words, shelf = Words(draw), Shelf(library.index)
    samples: list[str] = []
    for number in range(chunks // PER_DOCUMENT):
        texts = [words.text(number % 2, 60) for _ in range(PER_DOCUMENT)]
        samples.append(draw.choice(texts))
        made = [NewChunk(n, n, n + 1, None, "", text, chunk_hash("", text)) for n, text in enumerate(texts)]
        async with library.db.write() as tx:
            document = await insert_document(tx, f"minsu/{number}.txt")
            content = await shelf.put(tx, str(number), "bench", "\n".join(texts), made)
            await update_document_content(tx, document, content)
            await update_document_state(tx, document, "ready")
            rows = await tx.all("SELECT id FROM chunks WHERE content_id = ? ORDER BY ordinal", (content,))
            await tx.run("DELETE FROM pending_chunks")
            ids = [row["id"] for row in rows]
            await shelf.add_vectors(tx, list(zip(ids, vectors(len(ids), arithmetic, clusters), strict=True)))
    async with library.db.write() as tx:
        await update_embedded_counts(tx)
    return samples


def say(figure: str, times_s: Sequence[float], **more: object) -> float:
    ordered = sorted(times_s)
    p95 = 1000 * ordered[int(0.95 * len(ordered))]
    values = {"p50_ms": round(1000 * ordered[len(ordered) // 2], 1), "p95_ms": round(p95, 1), **more}
    print(json.dumps({"bench": "rag_speed", "figure": figure, **values}), flush=True)
    return p95


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


async def run(config: Config, chunks: int, questions: int) -> bool:
    process = ModelProcess(config.home.root, CHAT_MODEL)
    config.home.create()
    await process.start()
    library = await open_library(config, process.client, lambda _: None)
    try:
        started = time.perf_counter()
        samples = await fill(library, chunks)
        print(json.dumps({"bench": "rag_speed", "figure": "filled", "s": round(time.perf_counter() - started, 1)}))
        draw = random.Random(2)
        asked = [" ".join(draw.sample(draw.choice(samples).split(), 8)) for _ in range(questions)]
        for question in asked[:20]:
            await library.search(MINSU, question, k=5)
        return await measure(library, process, asked[20:], chunks) <= LIMIT_MS
    finally:
        await library.close()
        await process.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--index", default="auto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        config = load_config(
            {"ONDOL_HOME": folder, "ONDOL_RAG__INDEX": options.index, "ONDOL_RAG__EMBED_TIMEOUT_MS": "5000"}
        )
        return 0 if asyncio.run(run(config, options.chunks, options.questions)) else 1


if __name__ == "__main__":
    sys.exit(main())
