"""How much of the embedder's speed is left in the whole house: passages a second of a backlog, against a bare loop in
one process over the same texts, packed into native calls of the same size."""

import asyncio
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from services.core.paths import Home
from services.model.engine.embedder import LlamaEmbedder
from services.model.engine.native import LoadOptions
from services.web.library.wording import wording
from tests.bench.modelprocess import EMBEDDER

POLL_S = 0.1
WITHIN_S = 300.0


async def house_rate(client: httpx.AsyncClient, file: Path, text: str) -> float:
    """Passages a second between the first and the last vectors of a dropped text; nothing else must be waiting."""
    begun = time.monotonic()
    seen = [(begun, await _embedded(client))]
    file.write_text(text, encoding="utf-8")
    while not await _settled(client, file.name) or len(seen) < 3:
        if time.monotonic() - begun > WITHIN_S:
            raise TimeoutError(f"{file.name} was not embedded within {WITHIN_S} s")
        await asyncio.sleep(POLL_S)
        count = await _embedded(client)
        if count != seen[-1][1]:
            seen.append((time.monotonic(), count))
    (first_s, first), (last_s, last) = seen[1], seen[-1]
    return (last - first) / (last_s - first_s)


async def _embedded(client: httpx.AsyncClient) -> int:
    page = (await client.get("/metrics")).raise_for_status().text
    found = re.search(r"^ondol_embedded_chunks_total (\S+)", page, re.M)
    return int(float(found[1])) if found else 0


async def _settled(client: httpx.AsyncClient, title: str) -> bool:
    listed = (await client.get("/api/rag/documents/", params={"q": title})).raise_for_status().json()
    return bool(listed) and all(known["state"] == "ready" for known in listed)


def texts_of(home: Home, title: str) -> list[str]:
    """What was embedded of a document, passage by passage."""
    with sqlite3.connect(f"file:{home.library_db}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT heading, text FROM chunks JOIN documents USING (content_id) WHERE title = ? ORDER BY ordinal",
            (title,),
        ).fetchall()
    return [wording(heading, text) for heading, text in rows]


def bare_rate(texts: Sequence[str]) -> float:
    """Passages a second of the embedder alone, as the house loads it. `start_backend` comes before."""
    embedder = LlamaEmbedder(EMBEDDER, LoadOptions())
    try:
        embedder.embed([embedder.tokenize(texts[0], "passage")])
        begun = time.monotonic()
        for call in _calls(embedder, texts):
            embedder.embed(call)
        return len(texts) / (time.monotonic() - begun)
    finally:
        embedder.close()


def _calls(embedder: LlamaEmbedder, texts: Sequence[str]) -> Iterator[list[tuple[int, ...]]]:
    call: list[tuple[int, ...]] = []
    for text in texts:
        tokens = embedder.tokenize(text, "passage")
        room = embedder.max_batch_tokens - sum(map(len, call))
        if call and (len(tokens) > room or len(call) == embedder.max_batch_texts):
            yield call
            call = []
        call.append(tokens)
    yield call
