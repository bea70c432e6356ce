"""Which weight, which floor? Recall of the search on a manual that Debian ships in Korean and English.

    python -m tests.bench.retrieval [passages per language]

The installation guide is translated paragraph by paragraph and by people, so it makes three kinds of questions: a
sentence taken out of its paragraph finds the rest of it (Korean, English), and a sentence of one language finds its
paragraph in the other, in a mixed library that holds each section in one language only. Needs `apt-get` and the
embedder.
"""

import asyncio
import html
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.core.config import load_config
from services.core.paths import PROJECT_ROOT
from services.core.protocol.client import ModelClient
from services.web.library.fusion import ANSWER_COSINE, candidates, fuse
from services.web.library.ingestion import Ingestion
from services.web.library.lexical import choose, coverage, match_expression, query_terms
from services.web.library.library import Library, open_library
from services.web.library.types import ChunkIn
from services.web.library.vectors import dot, unpack
from services.web.storage.documents import FileFacts
from services.web.storage.vectors import select_vectors
from services.web.storage.words import select_best, select_term_counts
from tests.bench.modelprocess import ModelProcess

CHAT_MODEL = PROJECT_ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
PACKAGE = "installation-guide-amd64"
CACHE = PROJECT_ROOT / ".cache" / "bench"
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
FLOORS = (0.78, 0.80, 0.82, 0.83, 0.84, 0.86)
_SENTENCE = re.compile(r"(?<=[.?!])\s+")


class Passage(msgspec.Struct, frozen=True):
    """`place` is the section and the paragraph's number in it, the same in both languages."""

    language: str
    place: tuple[str, int]
    text: str


class Question(msgspec.Struct, frozen=True):
    """`answers` are chunk ids."""

    kind: str
    text: str
    answers: frozenset[int]


def guide() -> Path:
    """The unpacked manual, fetched once."""
    folder = CACHE / PACKAGE
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            subprocess.run(["apt-get", "download", "-q", PACKAGE], cwd=work, check=True, stderr=subprocess.DEVNULL)
            (package,) = Path(work).glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    return folder / "usr/share/doc" / PACKAGE


def plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def passages(language: str) -> list[Passage]:
    """Paragraphs long enough to lose a sentence, with the section they stand in."""
    found: list[Passage] = []
    for file in sorted((guide() / language).glob("ch*.html")):
        parts = re.split(r'<h\d class="title">\s*<a name="([^"]+)"></a>.*?</h\d>', file.read_text(), flags=re.S)
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name.startswith("idm"):
                continue  # a made-up anchor, another one in each language
            texts = [plain(p) for p in re.findall(r"<p>(.*?)</p>", body, flags=re.S)]
            found += [Passage(language, (name, n), t) for n, t in enumerate(texts) if 120 <= len(t) <= 1200]
    if language == "ko":
        found = [p for p in found if len(re.findall("[가-힣]", p.text)) > len(p.text) // 3]
    return found


def take_out(text: str, draw: random.Random) -> tuple[str, str] | None:
    """(a sentence, the rest)."""
    sentences = _SENTENCE.split(text)
    able = [n for n, s in enumerate(sentences) if len(s) >= 25 and len(text) - len(s) >= 60]
    if not able:
        return None
    n = draw.choice(able)
    return sentences[n], " ".join(sentences[:n] + sentences[n + 1 :])


async def fill(ingestion: Ingestion, kept: Sequence[str]) -> None:
    """Every passage a document of its own."""
    for n, text in enumerate(kept):
        facts = FileFacts(f"shared/{n}.txt", f"{n}", len(text), 1, "bench")
        registered = await ingestion.register(facts)
        await ingestion.put_chunks(int(registered.document_id), facts.sha256, "bench", text, [ChunkIn(0, 0, len(text))])


def build(per_language: int) -> tuple[list[str], list[Question]]:
    """Texts (the n-th becomes chunk n + 1) and questions."""
    draw = random.Random(7)
    kept: list[tuple[Passage, str, str]] = []
    for language in ("ko", "en"):
        found = passages(language)
        draw.shuffle(found)
        cut = [(p, *taken) for p in found if (taken := take_out(p.text, draw))]
        kept += [c for c in cut if (sum(map(ord, c[0].place[0])) % 2 == 0) == (language == "ko")][:per_language]
    questions = [Question(f"{p.language} sentence", q, frozenset({n})) for n, (p, q, _) in enumerate(kept, 1)]
    twins = {(p.language, p.place): p.text for language in ("ko", "en") for p in passages(language)}
    for n, (p, _, _) in enumerate(kept, 1):
        other = "ko" if p.language == "en" else "en"
        if taken := take_out(twins.get((other, p.place), ""), draw):
            questions.append(Question(f"{other} sentence → {p.language} text", taken[0], frozenset({n})))
    return [text for _, _, text in kept], questions


class Found(msgspec.Struct, frozen=True):
    """`coverage` of the question's terms by the best of its words' findings."""

    question: Question
    bm25: dict[int, float]
    cosine: dict[int, float]
    coverage: float


async def ask(library: Library, client: ModelClient, question: Question, texts: Sequence[str]) -> Found:
    terms = query_terms(question.text)
    chosen = choose(terms, await select_term_counts(library.db, [t.text for t in terms if t.pair]))
    bm25 = await select_best(library.db, match_expression(chosen), 50, None) if chosen else {}
    vector = (await client.embed([question.text], kind="query"))[0]
    near = await library.index.nearest(library.db, vector, 50, None)
    blobs = await select_vectors(library.db, [*{*near, *bm25}])
    asked = unpack(vector)
    best = sorted(bm25, key=lambda i: -bm25[i])[:3]
    share = max((coverage(terms, texts[i - 1]) for i in best), default=0.0)
    return Found(question, bm25, {i: dot(asked, unpack(b)) for i, b in blobs.items()}, share)


def recall(found: Sequence[Found], ranking: Sequence[Sequence[int]], k: int) -> float:
    return sum(bool(f.question.answers & {*r[:k]}) for f, r in zip(found, ranking, strict=True)) / len(found)


def fused(f: Found, weight: float, share: float) -> list[int]:
    return [i for i, _ in fuse(candidates(f.bm25, f.cosine), weight, 0.0, share)]


def table(found: Sequence[Found], floor: float) -> None:
    for kind in sorted({f.question.kind for f in found}):
        rows = [f for f in found if f.question.kind == kind]
        print(f"\n{kind} ({len(rows)} questions)            recall@1  recall@5")
        ways: dict[str, list[list[int]]] = {
            "words": [sorted(f.bm25, key=lambda i, f=f: -f.bm25[i]) for f in rows],  # type: ignore[misc]
            "vectors": [sorted(f.cosine, key=lambda i, f=f: -f.cosine[i]) for f in rows],  # type: ignore[misc]
        }
        for weight in WEIGHTS:
            ways[f"fused {weight}"] = [fused(f, weight, 1.0) for f in rows]
            ways[f"with trust {weight}"] = [fused(f, weight, f.coverage) for f in rows]
        for name, ranking in ways.items():
            print(f"  {name:16} {recall(rows, ranking, 1):20.3f} {recall(rows, ranking, 5):9.3f}")
    print(f"\nfloor of the cosine, {floor} now: share of right answers kept, and of others among the 50 nearest")
    for limit in FLOORS:
        right = [max((f.cosine.get(i, 0.0) for i in f.question.answers), default=0.0) for f in found]
        wrong = [c for f in found for i, c in f.cosine.items() if i not in f.question.answers]
        kept = [sum(c >= limit for c in cosines) / len(cosines) for cosines in (right, wrong)]
        print(f"  {limit:.2f}   {kept[0]:.3f}   {kept[1]:.3f}")


async def main(per_language: int) -> None:
    texts, questions = build(per_language)
    with tempfile.TemporaryDirectory() as folder:
        config = load_config({"ONDOL_HOME": folder})
        config.home.create()
        process = ModelProcess(config.home.root, CHAT_MODEL)
        await process.start()
        library = await open_library(config, process.client, lambda _: None)
        try:
            await fill(library.ingestion, texts)
            await library.embed_all()
            found = [await ask(library, process.client, question, texts) for question in questions]
        finally:
            await library.close()
            await process.stop()
    table(found, ANSWER_COSINE)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
