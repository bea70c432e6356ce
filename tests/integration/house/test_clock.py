"""Whoever waits hears of it every second, from the moment of the question to its first token."""

import asyncio
import itertools
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.appliance import Appliance, ChatSocket, Json, Person, eventually, person

LONG = "The stones of the warm floor lie over channels that carry smoke from the kitchen to the far wall. " * 20
PATIENCE_S = 1.8
"""A second, a tick, and what a busy box adds."""


async def timed_until(chat: ChatSocket, *types: str) -> list[tuple[float, Json]]:
    frames: list[tuple[float, Json]] = []
    while not frames or frames[-1][1]["type"] not in types:
        frame = await chat.next(30)
        frames.append((time.monotonic(), frame))
    return frames


def longest_silence(began: float, frames: list[tuple[float, Json]]) -> float:
    times = [began, *(at for at, _ in frames)]
    return max(later - earlier for earlier, later in itertools.pairwise(times))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Appliance]:
    own = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false")
    try:
        yield own.start()
    finally:
        own.stop()


async def test_while_the_model_process_is_away_and_loads_its_state_is_told(house: Appliance) -> None:
    async with person(house, "minsu") as minsu:
        session = await minsu.chat(max_tokens=5, ignore_eos=True)
        async with minsu.socket(session) as chat:
            house.kill("model")
            began = time.monotonic()
            await chat.send(type="message", content="Are you there?")
            frames = await timed_until(chat, "stream_token", "error")
        assert frames[-1][1]["type"] == "stream_token", frames[-1]
        states = {frame["state"] for _, frame in frames if frame["type"] == "model_state"}
        assert "down" in states
        assert longest_silence(began, frames) < PATIENCE_S


async def test_while_a_long_prompt_is_read_and_while_others_are_answered(house: Appliance) -> None:
    async def one(name: str) -> tuple[float, list[tuple[float, Json]]]:
        async with person(house, name) as somebody:
            session = await somebody.chat(max_tokens=40, ignore_eos=True)
            async with somebody.socket(session) as chat:
                began = time.monotonic()
                await chat.send(type="message", content=f"{name}: {LONG}")
                return began, await timed_until(chat, "stream_token", "error")

    for began, frames in await asyncio.gather(*(one(f"person {n}") for n in range(5))):
        assert frames[-1][1]["type"] == "stream_token", frames[-1]
        assert longest_silence(began, frames) < PATIENCE_S
        waits = [(at, f) for at, f in frames if f["type"] in ("queued", "prompt_progress") and f["eta_s"] is not None]
        assert waits
        at, late = waits[-1]
        assert frames[-1][0] - at < late["eta_s"] + PATIENCE_S


async def test_the_error_of_the_first_estimate_is_a_metric(minsu: Person) -> None:
    async def count() -> float:
        text = (await minsu.http.get("/metrics")).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        samples = families["ondol_eta_error_ratio"].samples
        return sum(sample.value for sample in samples if sample.name.endswith("_count"))

    before = await count()
    session = await minsu.chat(max_tokens=3, ignore_eos=True)
    await minsu.ask(session, "hello")
    await minsu.ask(session, "again")
    assert await count() == before + 2


async def test_the_engine_page_says_who_waits_what_is_warm_and_how_fast(minsu: Person) -> None:
    others = [await minsu.chat(max_tokens=400, ignore_eos=True) for _ in range(6)]

    async def engine() -> Json:
        found: Json = (await minsu.http.get("/api/engine/")).json()
        return found

    async def two_wait() -> Json | None:
        found = await engine()
        return found if (found["active"], len(found["waiting"])) == (4, 2) else None

    sockets = [minsu.socket(session) for session in others]
    chats = [await socket.__aenter__() for socket in sockets]
    try:
        for chat in chats:
            await chat.send(type="message", content="Tell a story.")
        found: Json = await eventually(two_wait, timeout_s=20)
        me = (await minsu.http.get("/api/auth/user/")).json()["username"]
        assert [(one["position"], one["username"]) for one in found["waiting"]] == [(1, me), (2, me)]
        assert 0 < found["waiting"][0]["eta_s"] <= found["waiting"][1]["eta_s"]
        assert sum(one["busy"] for one in found["sequences"]) == 4
    finally:
        for chat in chats:
            await chat.send(type="stop")
        for chat, socket in zip(chats, sockets, strict=True):
            await chat.until_end()
            await socket.__aexit__(None, None, None)
    after = await engine()
    assert after["waiting"] == []
    assert 0 <= after["cache"]["cached_tokens"] <= after["cache"]["prompt_tokens"]
    depths = after["speeds"]["by_depth"]
    assert depths
    assert all(one["decode_tokens_per_s"] > 1 and one["prompt_tokens_per_s"] > 1 for one in depths)


async def test_logprobs_come_with_the_tokens_where_the_settings_ask_for_them(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=5, ignore_eos=True, logprobs=3)
    frames = [f for f in await minsu.ask(session, "Name a colour.") if f["type"] == "stream_token"]
    shown = [one for frame in frames for one in frame["logprobs"]]
    assert len(shown) == 5
    for one in shown:
        assert one["logprob"] <= 0
        assert len(one["top"]) == 3
        assert sum(math.exp(logprob) for _, logprob in one["top"]) <= 1.001
    plain = await minsu.chat(max_tokens=3, ignore_eos=True)
    assert not any("logprobs" in frame for frame in await minsu.ask(plain, "Name a colour."))
