"""What is found? Recall of the search, in Korean, in English, across the two, and in conversations.

    python -m tests.bench.retrieval [passages per language]

Questions and texts: tests/bench/guides.py; conversations: tests/bench/conversations.py. `words` and `vectors` are what
each finds alone, `fused` is the score for several weights, with the texts of the other script. The rule for the last is
in services/web/library/fusion.py and languages.py.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

from services.core.config import Config, load_config
from services.core.paths import PROJECT_ROOT
from services.core.protocol.client import ModelClient
from services.web.library.fusion import ANSWER_COSINE, candidates, fuse
from services.web.library.ingestion import Ingestion
from services.web.library.languages import Languages
from services.web.library.lexical import attainable, choose, coverage, is_cjk, match_expression, query_terms
from services.web.library.library import Library, open_library
from services.web.library.types import ChunkIn, Hit
from services.web.library.vectors import dot, unpack
from services.web.storage.documents import FileFacts
from services.web.storage.stems import Stemmer
from services.web.storage.users import User
from services.web.storage.vectors import select_vectors
from services.web.storage.words import select_best, select_term_counts
from tests.bench.conversations import fill_papers, report
from tests.bench.guides import Question, desktop_help, manual
from tests.bench.modelprocess import ModelProcess

CHAT_MODEL = PROJECT_ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS = (0.25, 0.5, 0.75, 1.0)
FLOORS = (0.78, 0.80, 0.82, 0.83, 0.84, 0.86)
NEAREST = 50
MINSU = User(1, "minsu", "")


async def fill(ingestion: Ingestion, kept: Sequence[str]) -> None:
    """Every passage a document of its own."""
    for n, text in enumerate(kept):
        facts = FileFacts(f"shared/{n}.txt", f"{n}", len(text), 1, "bench")
        registered = await ingestion.register(facts)
        await ingestion.put_chunks(int(registered.document_id), facts.sha256, "bench", text, [ChunkIn(0, 0, len(text))])


class Found(msgspec.Struct, frozen=True):
    """`cosine` with the question as it is, `moved` with the one moved to the other script; `coverage` of the question's
    terms by the best of its words' findings."""

    question: Question
    bm25: dict[int, float]
    attainable: float
    cosine: dict[int, float]
    moved: dict[int, float]
    coverage: float


async def ask(library: Library, client: ModelClient, question: Question, texts: Sequence[str]) -> Found:
    terms, stemmer = query_terms(question.text), Stemmer()
    stems = dict(zip((t.text for t in terms), stemmer.stems([t.text for t in terms]), strict=True))
    stemmer.close()
    by_stem = await select_term_counts(library.db, [*stems.values()])
    counts = {text: by_stem.get(stem, 0) for text, stem in stems.items()}
    chosen = choose(terms, counts)
    bm25 = await select_best(library.db, match_expression(chosen), NEAREST, None) if chosen else {}
    vector = (await client.embed([question.text], kind="query"))[0]
    moved = await Languages().moved(library.db, vector, question.text) or vector
    near = await library.index.nearest(library.db, vector, NEAREST, None)
    far = await library.index.nearest(library.db, moved, NEAREST, None)
    blobs = await select_vectors(library.db, [*{*near, *far, *bm25}])
    own = {i: dot(unpack(vector), unpack(blobs[i])) for i in blobs}
    other = {i: dot(unpack(moved), unpack(blobs[i])) for i in blobs if is_cjk(texts[i - 1]) != is_cjk(question.text)}
    best = sorted(bm25, key=lambda i: -bm25[i])[:3]
    share = max((coverage(terms, texts[i - 1]) for i in best), default=0.0)
    return Found(question, bm25, attainable(terms, counts, len(texts)), own, other, share)


def recall(found: Sequence[Found], ranking: Sequence[Sequence[int]], k: int) -> float:
    return sum(bool(f.question.answers & {*r[:k]}) for f, r in zip(found, ranking, strict=True)) / len(found)


def best_of(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda i: (-scores[i], i))


def fused(f: Found, weight: float) -> list[int]:
    listed = candidates(f.bm25, {**f.cosine, **f.moved}, f.moved.keys())
    return [i for i, _ in fuse(listed, weight, 0.0, f.coverage, f.attainable)]


def table(found: Sequence[Found]) -> None:
    ways: dict[str, Callable[[Found], list[int]]] = {
        "words": lambda f: best_of(f.bm25),
        "vectors": lambda f: best_of(f.cosine),
        "vectors, moved": lambda f: best_of({**f.cosine, **f.moved}),
    }
    for weight in WEIGHTS:
        ways[f"fused {weight}"] = lambda f, weight=weight: fused(f, weight)  # type: ignore[misc]
    for kind in sorted({f.question.kind for f in found}):
        rows = [f for f in found if f.question.kind == kind]
        print(f"\n{kind} ({len(rows)} questions)            recall@1  recall@5")
        for name, way in ways.items():
            ranking = [way(f) for f in rows]
            print(f"  {name:16} {recall(rows, ranking, 1):20.3f} {recall(rows, ranking, 5):9.3f}")


def floors(found: Sequence[Found]) -> None:
    print(f"\nfloor of the cosine, {ANSWER_COSINE} now: share of right answers kept, and of others among the nearest")
    for limit in FLOORS:
        right = [max((f.cosine.get(i, 0.0) for i in f.question.answers), default=0.0) for f in found]
        wrong = [c for f in found for i, c in f.cosine.items() if i not in f.question.answers]
        kept = [sum(c >= limit for c in cosines) / len(cosines) for cosines in (right, wrong)]
        print(f"  {limit:.2f}   {kept[0]:.3f}   {kept[1]:.3f}")


@asynccontextmanager
async def opened(client: ModelClient) -> AsyncIterator[Library]:
    with tempfile.TemporaryDirectory() as folder:
        config: Config = load_config({"ONDOL_HOME": folder, "ONDOL_RAG__EMBED_TIMEOUT_MS": "5000"})
        config.home.create()
        library = await open_library(config, client, lambda _: None)
        try:
            yield library
        finally:
            await library.close()


async def study(client: ModelClient, texts: Sequence[str], questions: Sequence[Question]) -> list[Found]:
    async with opened(client) as library:
        await fill(library.ingestion, texts)
        await library.embed_all()
        return [await ask(library, client, question, texts) for question in questions]


async def converse(client: ModelClient, others: Sequence[str]) -> None:
    async with opened(client) as library:
        await fill(library.ingestion, others)
        for language in ("ko", "en"):
            await fill_papers(library.ingestion, language)
        await library.embed_all()

        async def search(question: str, context: str) -> list[Hit]:
            return await library.search(MINSU, question, k=5, context=context)

        await report(search)


async def main(per_language: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        process = ModelProcess(load_config({"ONDOL_HOME": folder}).home.root, CHAT_MODEL)
        await process.start()
        try:
            texts, questions = manual(per_language)
            found = await study(process.client, texts, questions)
            table(found)
            floors(found)
            table(await study(process.client, *desktop_help()))
            await converse(process.client, texts)
        finally:
            await process.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
