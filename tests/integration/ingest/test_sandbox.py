"""The parser child under its caps: memory, time, silence, death."""

import asyncio
import contextlib
import io
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from services.core.process import rss_bytes
from services.ingest.messages import NO_SPOOL, Done, Failed, Job, Outcome, Unsupported
from services.ingest.sandbox import Sandbox
from tests.unit.ingest import documents

MIB = 1024 * 1024


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


class Bench:
    """A sandbox and what it takes to hand it a file."""

    def __init__(self, folder: Path, silence_s: float = 20.0, idle_s: float = 60.0) -> None:
        self.sandbox = Sandbox(silence_s, idle_s)
        self._folder = folder

    async def parse(
        self,
        name: str,
        data: bytes,
        memory_bytes: int = 300_000_000,
        cpu_s: int = 60,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Outcome:
        job = Job(name, len(data), "ab", "v", 256, 20_000_000, memory_bytes, cpu_s)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            file.write(data)
            file.flush()
            with tempfile.TemporaryFile(dir=self._folder) as pages, tempfile.TemporaryFile(dir=self._folder) as body:
                return await self.sandbox.parse(job, (file.fileno(), pages.fileno(), body.fileno()), progress)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.sandbox.close()


async def test_a_warm_child_reads_one_file_after_the_other(bench: Bench) -> None:
    assert await bench.parse("a.txt", "하나".encode()) == Done(1, 2)
    first = bench.sandbox.pid
    assert await bench.parse("b.pdf", documents.pdf([["one"], ["two"]])) == Done(2, 8)
    assert isinstance(await bench.parse("c.txt", b"\0\1\2" * 100), Unsupported)
    assert bench.sandbox.pid == first


def spreadsheet() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.create_sheet("둘").append(["one"])
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", spreadsheet()),
        ("a.hwp", documents.hwp(["하나".encode("utf-16-le")])),
        ("a.hwpx", documents.hwpx("<hp:p><hp:run><hp:t>one</hp:t></hp:run></hp:p>")),
        ("a.odt", documents.odf("<text:p>one</text:p>")),
        ("a.epub", documents.epub("<p>one</p>")),
        ("a.eml", b"Subject: one\n\ntext\n"),
        ("a.txt", "Le chauffage par le sol est tr\u00e8s agr\u00e9able en \u00e9t\u00e9.".encode("latin-1")),
    ],
)
async def test_every_library_loads_under_the_caps(bench: Bench, name: str, data: bytes) -> None:
    outcome = await bench.parse(name, data)
    assert isinstance(outcome, Done)
    assert outcome.chunks == 1


async def test_memory_is_capped_and_the_next_file_is_read(bench: Bench) -> None:
    data = b"[" + b"[1,2,3,4,5,6,7,8,9]," * 1_900_000 + b"1]"
    outcome = await bench.parse("a.json", data, memory_bytes=150_000_000)
    assert isinstance(outcome, Failed)
    assert outcome.code in {"parse_memory", "parse_killed"}
    assert await bench.parse("b.txt", b"next") == Done(1, 4)


async def test_processor_time_is_capped(bench: Bench) -> None:
    outcome = await bench.parse("a.html", b"<b>x</b>" * 3_000_000, cpu_s=1)
    assert isinstance(outcome, Failed)
    assert outcome.code == "parse_timeout"
    assert await bench.parse("b.txt", b"next") == Done(1, 4)


async def test_a_silent_child_is_ended(tmp_path: Path) -> None:
    bench = Bench(tmp_path, silence_s=1.0)
    begun = time.monotonic()
    outcome = await bench.parse("a.html", b"<b>" * 3_000_000 + b"x" * 100)
    assert isinstance(outcome, Failed)
    assert outcome.code == "parse_timeout"
    assert time.monotonic() - begun < 10
    assert await bench.parse("b.txt", b"next") == Done(1, 4)
    await bench.sandbox.close()


async def test_a_child_killed_between_files_is_replaced(bench: Bench) -> None:
    assert await bench.parse("a.txt", b"one") == Done(1, 3)
    assert bench.sandbox.pid is not None
    os.kill(bench.sandbox.pid, signal.SIGKILL)
    assert await bench.parse("b.txt", b"two") == Done(1, 3)


async def test_an_idle_child_ends(tmp_path: Path) -> None:
    bench = Bench(tmp_path, idle_s=0.2)
    assert await bench.parse("a.txt", b"one") == Done(1, 3)
    await until(lambda: bench.sandbox.pid is None)
    assert await bench.parse("b.txt", b"two") == Done(1, 3)
    await bench.sandbox.close()


async def test_a_held_child_rests_without_being_called_silent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, silence_s=1.0)
    seen: list[int] = []
    data = ("온돌은 방을 데운다. " * 40 + "\n\n").encode() * 5_000
    reading = asyncio.create_task(bench.parse("a.txt", data, progress=lambda done, total: seen.append(done)))
    await until(lambda: bool(seen))
    bench.sandbox.hold()
    await asyncio.sleep(0.3)
    before = len(seen)
    await asyncio.sleep(2.0)
    assert len(seen) == before
    assert not reading.done()
    bench.sandbox.release()
    assert isinstance(await reading, Done)
    await bench.sandbox.close()


async def test_a_cancelled_reading_leaves_no_child(bench: Bench) -> None:
    reading = asyncio.create_task(bench.parse("a.html", b"<b>x</b> " * 500_000))
    await until(lambda: bench.sandbox.pid is not None)
    child = bench.sandbox.pid
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    assert not Path(f"/proc/{child}").exists()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.docx", documents.zipped(("word/document.xml", b" " * 60_000_000)), "zip_bomb"),
        ("a.pdf", documents.many_pages(100_000), "too_many_pages"),
        ("a.csv", b'name,note\nA,"' + b"x" * 50_000_000 + b'"\n', "too_large"),
        ("a.docx", b"PK\x03\x04 cut off", "broken"),
        ("a.json", b"[" * 1_000_000, "too_deep"),
    ],
)
async def test_hostile_files_in_the_child(bench: Bench, name: str, data: bytes, code: str) -> None:
    reading = asyncio.create_task(bench.parse(name, data))
    peak = 0
    while not reading.done():
        if bench.sandbox.pid:
            peak = max(peak, rss_bytes(bench.sandbox.pid) or 0)
        await asyncio.sleep(0.01)
    outcome = await reading
    assert isinstance(outcome, Failed)
    assert outcome.code == code
    assert peak < 270 * MIB


async def test_a_full_disk_of_our_own_says_nothing_of_the_document(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The floor is warm. " * 200)
    job = Job("a.txt", (tmp_path / "a.txt").stat().st_size, "ab", "v", 256, 20_000_000, 300_000_000, 60)
    body = os.open("/dev/full", os.O_RDWR)
    file = os.open(tmp_path / "a.txt", os.O_RDONLY)
    try:
        with tempfile.TemporaryFile(dir=tmp_path) as pages:
            outcome = await bench.sandbox.parse(job, (file, pages.fileno(), body), lambda _done, _total: None)
    finally:
        os.close(file)
        os.close(body)
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.message) == (NO_SPOOL, "the disk is full; free some space and try again")
    child = bench.sandbox.pid
    assert isinstance(await bench.parse("b.txt", b"The floor is warm."), Done)
    assert bench.sandbox.pid == child
