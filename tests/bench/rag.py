"""`python -m tests.bench.rag`: how fast and how light the drop folder is, in a real house. One JSON line a figure.

Search in a large library is measured by `rag_speed`, what is found by `retrieval`, both beside this file.
"""

import argparse
import asyncio
import io
import json
import random
import re
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from services.core.paths import Home
from services.core.process import rss_bytes
from services.model.engine.native import start_backend
from tests.appliance import Appliance, children_of
from tests.bench.rag_embedding import bare_rate, house_rate, texts_of

MIB = 1024 * 1024
_WORDS = re.findall(
    r"\S+",
    "온돌은 방바닥을 데우는 난방이다 계약 기간 보증금 회의 결과 정리 다음 주까지 보내기로 했다 아궁이 구들장 고래 열기"
    " the warm floor of a Korean house keeps its heat through the night and costs little to run in winter",
)


def _say(figure: str, **values: float | int | str | bool) -> None:
    print(json.dumps({"bench": "rag", "figure": figure, **values}, ensure_ascii=False), flush=True)


def _text(seed: int, characters: int) -> str:
    rand = random.Random(seed)
    parts: list[str] = []
    length = 0
    while length < characters:
        sentence = " ".join(rand.choices(_WORDS, k=rand.randint(6, 16))) + "."
        parts.append(sentence + ("\n\n" if rand.random() < 0.15 else " "))
        length += len(parts[-1])
    return "".join(parts)


class House:
    """A running appliance, seen by one user and by its processes' memory."""

    def __init__(self, appliance: Appliance, client: httpx.AsyncClient) -> None:
        self.appliance = appliance
        self.client = client
        self.shared = appliance.home / "inbox" / "shared"
        self.peaks = {"ingest": 0, "web": 0}

    def measure(self) -> None:
        """Remember the highest memory seen; the parser child counts as ingest."""
        ingest = self.appliance.pid_of("ingest")
        family = [ingest, *children_of(ingest)]
        self._note("ingest", sum(rss_bytes(pid) or 0 for pid in family))
        self._note("web", rss_bytes(self.appliance.pid_of("web")) or 0)

    def _note(self, name: str, value: int) -> None:
        self.peaks[name] = max(self.peaks[name], value)

    async def documents(self) -> list[dict[str, str]]:
        """All documents, page by page."""
        found: list[dict[str, str]] = []
        before = ""
        while True:
            answer = await self.client.get("/api/rag/documents/", params={"limit": 200, "before": before or None})
            page = answer.raise_for_status().json()
            found += page
            if len(page) < 200:
                return found
            before = page[-1]["id"]

    async def titles(self, query: str) -> list[str]:
        """Titles of the documents that are found."""
        answer = await self.client.get("/api/rag/search/", params={"q": query, "k": 5})
        return [hit["title"] for hit in answer.raise_for_status().json()["results"]]

    async def until_read(self, count: int, within_s: float) -> list[dict[str, str]]:
        """Wait until `count` documents have left the ingest process."""
        deadline = time.monotonic() + within_s
        while True:
            self.measure()
            listed = await self.documents()
            if len(listed) >= count and all(known["state"] not in {"queued", "parsing"} for known in listed):
                return listed
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(listed)} of {count} documents within {within_s} s")
            await asyncio.sleep(0.5)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Started with the settings as they are shipped."""
    appliance = Appliance(folder, ONDOL_ENGINE__CALIBRATE="false").start()
    try:
        async with httpx.AsyncClient(base_url=appliance.url, timeout=60) as client:
            await client.post("/api/auth/login/", json={"username": "bench"})
            yield House(appliance, client)
    finally:
        appliance.stop()


async def one_page(home: House, rounds: int) -> None:
    """Seconds from a dropped page to its being found."""
    times: list[float] = []
    for number in range(rounds):
        word = f"qzx{number}vantage"
        begun = time.monotonic()
        (home.shared / f"page{number}.txt").write_text(f"{_text(number, 1500)} {word}\n", encoding="utf-8")
        while f"page{number}.txt" not in await home.titles(word):
            if time.monotonic() - begun > 30:
                raise TimeoutError("the page was not found within 30 s")
            await asyncio.sleep(0.05)
        times.append(time.monotonic() - begun)
    times.sort()
    _say("page_found_s", median=round(times[len(times) // 2], 2), worst=round(times[-1], 2), rounds=rounds)


async def embedding(home: House, rounds: int) -> None:
    """Passages a second of a backlog in the house, and of the bare embedder over the same texts, by turns."""
    start_backend()
    house, bare = 0.0, 0.0
    for number in range(rounds):
        file = home.shared / f"backlog{number}.txt"
        house += await house_rate(home.client, file, _text(1000 + number, 60_000)) / rounds
        bare += await asyncio.to_thread(bare_rate, texts_of(Home(home.appliance.home), file.name)) / rounds
    _say("embedding", house_per_s=round(house, 2), bare_per_s=round(bare, 2), ratio=round(house / bare, 3), limit=0.85)


async def small_files(home: House, count: int) -> None:
    """Many small files at once: none lost, none doubled."""
    folder = home.shared / "many"
    folder.mkdir()
    begun = time.monotonic()
    for number in range(count):
        (folder / f"{number}.txt").write_text(f"note {number}: {_text(number, 200)}", encoding="utf-8")
    before = len([path for path in home.shared.iterdir() if path.is_file()])
    listed = await home.until_read(count + before, 600)
    paths = [known["path"] for known in listed if known["path"].startswith("shared/many/")]
    bad = sum(known["state"] not in {"embedding", "ready"} for known in listed)
    seconds = time.monotonic() - begun
    _say("small_files", files=count, seconds=round(seconds, 1), files_per_s=round(count / seconds, 1))
    _say("small_files_kept", lost=count - len(set(paths)), doubled=len(paths) - len(set(paths)), failed=bad)


def _slides(seed: int) -> bytes:
    """A presentation that is nearly all pictures."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(
            "ppt/presentation.xml", f'<p xmlns:r="{relations}"><sldIdLst><sldId id="256" r:id="r1"/></sldIdLst></p>'
        )
        archive.writestr(
            "ppt/_rels/presentation.xml.rels",
            '<Relationships><Relationship Id="r1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>',
        )
        archive.writestr("ppt/slides/slide1.xml", f"<sld><sp><p><t>{_text(seed, 2000)}</t></p></sp></sld>")
        archive.writestr("ppt/media/film.bin", random.Random(seed).randbytes(8 * MIB))
    return out.getvalue()


def _table(seed: int) -> bytes:
    rows = (f"{number},{_text(seed + number, 60)!r},{number * 37 % 1000}\n" for number in range(10_000))
    return ("번호,내용,금액\n" + "".join(rows)).encode()


def _web_page(seed: int) -> bytes:
    return f"<html><body>{''.join(f'<p>{_text(seed + n, 500)}</p>' for n in range(2000))}</body></html>".encode()


def mixed(megabytes: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of documents of many kinds, of about `megabytes` in all."""
    kinds: list[tuple[str, Callable[[int], bytes]]] = [
        ("txt", lambda seed: _text(seed, 500_000).encode()),
        ("pptx", _slides),
        ("csv", _table),
        ("pptx", _slides),
        ("html", _web_page),
        ("pptx", _slides),
    ]
    written, number = 0, 0
    while written < megabytes * MIB:
        suffix, make = kinds[number % len(kinds)]
        data = make(number * 100_003)
        written += len(data)
        yield f"{number}.{suffix}", data
        number += 1


async def large_documents(home: House, megabytes: int) -> None:
    """Peak memory while documents of `megabytes` in all are read."""
    folder = home.shared / "mixed"
    folder.mkdir()
    home.peaks = {"ingest": 0, "web": 0}
    home.measure()
    web_before = home.peaks["web"]
    count = len(await home.documents())
    size = 0
    begun = time.monotonic()
    for name, data in mixed(megabytes):
        (folder / name).write_bytes(data)
        size += len(data)
        count += 1
        home.measure()
    listed = await home.until_read(count, 3600)
    states = {known["state"] for known in listed}
    _say("mixed_documents", megabytes=round(size / MIB), seconds=round(time.monotonic() - begun, 1), documents=count)
    _say("mixed_states", states=" ".join(sorted(states)))
    _say("ingest_peak_mib", value=round(home.peaks["ingest"] / MIB), limit=300)
    _say("web_growth_mib", value=round((home.peaks["web"] - web_before) / MIB), limit=100)


async def run(folder: Path, rounds: int, backlogs: int, files: int, megabytes: int) -> None:
    """What is given as 0 is left out."""
    _say("cases", page_found=rounds, embedding=backlogs, small_files=files, mixed_megabytes=megabytes)
    async with house(folder) as home:
        if rounds:
            await one_page(home, rounds)
        if backlogs:
            await embedding(home, backlogs)
        if files:
            await small_files(home, files)
        if megabytes:
            await large_documents(home, megabytes)


def main() -> None:
    """Smaller numbers give a quick look, 0 leaves a case out; the defaults are what the appliance is held to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="pages dropped one after the other")
    parser.add_argument("--backlogs", type=int, default=2, help="long texts whose embedding is timed")
    parser.add_argument("--files", type=int, default=1000, help="small files dropped at once")
    parser.add_argument("--megabytes", type=int, default=200, help="size of the mixed documents")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        asyncio.run(run(Path(folder) / "home", given.rounds, given.backlogs, given.files, given.megabytes))


if __name__ == "__main__":
    main()
