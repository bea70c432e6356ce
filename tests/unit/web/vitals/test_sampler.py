"""What two looks at the box make of each other."""

from pathlib import Path

import pytest

from services.core.protocol.frames import Stats
from services.web.metrics import Metrics
from services.web.parts import Part
from services.web.vitals.probes import Box, Probes, cpu_ticks
from services.web.vitals.sampler import Look, values

BOX = Box(100, 1000, 55.5, 2**30, 2**33, 10**9, 10**11)


def stats(total: int) -> Stats:
    return Stats(
        id=1, active=2, queued=1, parallel=4, pool_tokens=4096, pool_used_tokens=10, resident_sequences=1,
        decode_tokens_per_s=50, prompt_tokens_per_s=200, rss_bytes=1, completion_tokens_total=total,
    )  # fmt: skip


def look(at: float, total: int | None, **changed: float) -> Look:
    busy, ticks = int(changed.get("busy", 100)), int(changed.get("ticks", 1000))
    box = Box(busy, ticks, BOX.celsius, BOX.memory_available_bytes, 2**33, BOX.disk_free_bytes, 10**11)
    parts = [Part("web", True, 1, 60_000_000), Part("ingest", False, None, None)]
    told = None if total is None else stats(total)
    return Look(at, box, parts, told, 3, changed.get("begun", 0), changed.get("ttft", 0))


def test_the_first_look_tells_what_is_and_no_speeds() -> None:
    sample = values(None, look(0, 500))
    assert (sample["active"], sample["queue"], sample["web_bytes"], sample["ingest_bytes"]) == (2, 4, 60_000_000, None)
    assert "tokens_per_s" not in sample


def test_two_looks_make_speeds_shares_and_means() -> None:
    sample = values(look(0, 500), look(5, 700, busy=150, ticks=1100, begun=2, ttft=3.0))
    assert sample["tokens_per_s"] == 40
    assert sample["cpu"] == pytest.approx(0.5)
    assert sample["ttft_s"] == 1.5


def test_a_model_that_began_anew_counts_from_nothing() -> None:
    assert values(look(0, 500), look(5, 50))["tokens_per_s"] == 10


def test_a_busy_or_absent_model_is_a_gap() -> None:
    sample = values(look(0, 500), look(5, None))
    assert sample["tokens_per_s"] is None
    assert sample["queue"] is None
    assert values(look(0, None), look(5, 700))["tokens_per_s"] is None
    assert values(look(0, 1), look(5, 1))["ttft_s"] is None


def test_first_tokens_are_counted_with_their_time() -> None:
    metrics = Metrics()
    assert metrics.first_tokens() == (0, 0)
    usage = {"prompt_tokens": 10, "cached_tokens": 0, "completion_tokens": 5}
    timings = {"queue_s": 0.0, "prompt_s": 0.1, "decode_s": 1.0, "ttft_s": 0.25, "tokens_per_s": 5.0}
    metrics.run_ended("done", usage, timings)
    metrics.run_ended("failed", None, None)
    assert metrics.first_tokens() == (1, 0.25)


def test_the_kernel_is_read_as_it_writes(tmp_path: Path) -> None:
    assert cpu_ticks("cpu  10 2 8 70 10 0 0 0 5 0\ncpu0 1 1 1 1") == (20, 100)
    box = Probes(tmp_path).look()
    assert 0 < box.cpu_busy < box.cpu_total
    assert 0 < box.memory_available_bytes <= box.memory_total_bytes
    assert 0 < box.disk_free_bytes <= box.disk_total_bytes
