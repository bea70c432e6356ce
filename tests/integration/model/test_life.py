"""The process: how it starts, what it says when it cannot serve, and how it ends."""

import asyncio
import contextlib
import os
import signal
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.core.errors import ModelUnavailable, ProtocolError
from services.core.paths import PROJECT_ROOT
from services.core.protocol.client import ModelClient
from services.core.protocol.codec import MAX_FRAME_BYTES, answer_decoder, encode
from services.core.protocol.frames import (
    PROTOCOL_VERSION,
    Answer,
    Failed,
    Frame,
    Generate,
    GetStats,
    Hello,
    ModelState,
    Progress,
    Sampling,
    Stats,
    Tokens,
)
from services.model.watchdog import EXIT_STUCK
from tests.integration.model.box import CHAT, EMBEDDER, READY_S, Box, answer, ask, place, until

FREE = Sampling(temperature=0.0, ignore_eos=True)
STOP_S = 2.0


class Wire:
    """A bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._decoder = answer_decoder()
        self._ready: list[Answer] = []

    @classmethod
    async def to(cls, box: Box) -> "Wire":
        async with asyncio.timeout(READY_S):
            while True:
                try:
                    wire = cls(*await asyncio.open_unix_connection(str(box.socket)))
                    box.open_ends.append(wire.writer)
                    return wire
                except OSError:
                    await asyncio.sleep(0.05)

    def send(self, *frames: Frame) -> None:
        self.writer.write(b"".join(map(encode, frames)))

    async def answer(self) -> Answer | None:
        """The next frame, None at the end of the connection."""
        async with asyncio.timeout(READY_S):
            while not self._ready:
                data = await self.reader.read(65536)
                if not data:
                    return None
                for frame in self._decoder.feed(data):
                    assert not isinstance(frame, ProtocolError)
                    self._ready.append(frame)
        return self._ready.pop(0)

    async def ready(self) -> ModelState:
        """Say Hello and wait for a loaded model."""
        self.send(Hello(protocol=PROTOCOL_VERSION, client="wire"))
        while True:
            frame = await self.answer()
            assert isinstance(frame, ModelState)
            if frame.state == "ready":
                return frame


async def test_the_socket_is_open_before_the_model_is_loaded(box: Box) -> None:
    box.fill()
    await box.start()
    wire = await Wire.to(box)
    wire.send(Hello(protocol=PROTOCOL_VERSION, client="early"), GetStats(id=4))
    states: list[ModelState] = []
    failed: list[Failed] = []
    while not states or states[-1].state != "ready":
        frame = await wire.answer()
        if isinstance(frame, ModelState):
            states.append(frame)
        elif isinstance(frame, Failed):
            failed.append(frame)
    assert states[0].state == "loading"
    assert [(f.id, f.code) for f in failed] == [(4, "model_unavailable")]
    percents = [state.percent for state in states if state.percent is not None]
    assert percents == sorted(percents)
    assert {state.pid for state in states} == {box.pid}


async def test_a_malformed_frame_is_answered_and_the_connection_lives(box: Box) -> None:
    box.fill()
    await box.start()
    wire = await Wire.to(box)
    await wire.ready()
    body = b"\x81\xa1t\xa4Nope"
    wire.writer.write(struct.pack(">I", len(body)) + body)
    failed = await wire.answer()
    assert isinstance(failed, Failed)
    assert (failed.id, failed.code) == (None, "protocol")
    wire.send(GetStats(id=2))
    assert isinstance(await wire.answer(), Stats)
    wire.writer.write(struct.pack(">I", MAX_FRAME_BYTES + 1))
    failed = await wire.answer()
    assert isinstance(failed, Failed)
    assert await wire.answer() is None


async def test_the_handshake_comes_first_and_speaks_this_protocol(box: Box) -> None:
    box.fill()
    await box.start()
    rude = await Wire.to(box)
    rude.send(GetStats(id=1))
    failed = await rude.answer()
    assert isinstance(failed, Failed)
    assert (failed.id, failed.code) == (1, "protocol")
    foreign = await Wire.to(box)
    foreign.send(Hello(protocol=PROTOCOL_VERSION + 1, client="old"))
    failed = await foreign.answer()
    assert isinstance(failed, Failed)
    assert failed.params["protocol"] == PROTOCOL_VERSION
    assert await foreign.answer() is None


async def test_without_a_model_it_says_what_to_do_and_loads_one_that_comes(box: Box) -> None:
    await box.start()
    async with box.client(ready=False) as client:
        with pytest.raises(ModelUnavailable, match="make model NAME="):
            await client.wait_ready(READY_S)
        with pytest.raises(ModelUnavailable, match="make model NAME="):
            await answer(client, ask(client, "hi"))
        place(CHAT, box.models)
        await until(lambda: _is(client.ready), within_s=READY_S)
        assert client.state is not None
        assert EMBEDDER in client.state.embedder_reason
        assert (await answer(client, ask(client, "hi", max_tokens=3))).finished.usage.completion_tokens == 3
        with pytest.raises(ModelUnavailable, match=EMBEDDER):
            await client.embed(["text"], kind="query")


@pytest.mark.parametrize("damage", ["cut", "foreign", "header", "embedder"])
async def test_a_broken_model_file_leaves_the_process_up_with_a_reason(box: Box, damage: str) -> None:
    broken = box.models / "broken.gguf"
    source = place(CHAT, box.models)
    data = source.read_bytes()
    source.unlink()
    contents = {"cut": data[: len(data) // 2], "foreign": b"MZ" + data[2:5000], "header": data[:2000]}
    broken.write_bytes(contents.get(damage, b""))
    if damage == "embedder":
        broken.unlink()
        place(EMBEDDER, box.models).rename(broken)
    box.settings["model"] = str(broken)
    await box.start()
    async with box.client(ready=False) as client:
        with pytest.raises(ModelUnavailable, match=r"broken\.gguf"):
            await client.wait_ready(READY_S)
        assert box.process is not None
        assert box.process.returncode is None
        place(CHAT, box.home).replace(broken)
        await until(lambda: _is(client.ready), within_s=READY_S)


async def test_a_damaged_embedder_leaves_the_chat_alone(box: Box) -> None:
    box.fill()
    embedder = box.models / EMBEDDER
    data = embedder.read_bytes()
    embedder.unlink()
    embedder.write_bytes(data[:1_000_000])
    await box.start()
    async with box.client() as client:
        assert client.state is not None
        assert "cut off" in client.state.embedder_reason
        assert (await answer(client, ask(client, "hi", max_tokens=2))).text


async def _cut_off(
    client: ModelClient, request: Generate, kind: type[Frame], cut: Callable[[], Awaitable[None]]
) -> None:
    """Follow `request`, do `cut` at its first frame of `kind`, and see the caller told of the process's end."""
    done = False
    with contextlib.suppress(ModelUnavailable):
        async for frame in client.generate(request):
            if isinstance(frame, kind) and not done:
                done = True
                await cut()
        pytest.fail("the answer should have ended with the process")
    assert done


async def test_it_ends_at_once_and_takes_its_socket_along_even_in_the_middle_of_work(box: Box) -> None:
    box.fill()
    await box.start()

    async def terminate() -> None:
        began = time.monotonic()
        code, said = await box.end(signal.SIGTERM)
        assert time.monotonic() - began < STOP_S
        assert code == 0
        assert "Traceback" not in said

    async with box.client() as client:
        long = ask(client, "The floor is warm. " * 300, sampling=FREE, max_tokens=1000)
        await _cut_off(client, long, Progress, terminate)
        assert not box.socket.exists()


async def test_killed_and_started_again_the_same_client_goes_on(box: Box) -> None:
    box.fill()
    await box.start()

    async def kill() -> None:
        os.kill(box.pid, signal.SIGKILL)

    async with box.client() as client:
        await _cut_off(client, ask(client, "Talk.", sampling=FREE, max_tokens=2000), Tokens, kill)
        await box.end(signal.SIGKILL)
        assert box.socket.exists()
        await box.start()
        await until(lambda: _is(client.ready), within_s=READY_S)
        assert client.lives == 2
        assert (await answer(client, ask(client, "hi", max_tokens=2))).finished.reason == "length"


async def test_a_second_process_on_the_same_home_says_so_and_leaves(box: Box) -> None:
    box.fill()
    await box.start()
    async with box.client() as client:
        second = await box.spawn()
        _, said = await asyncio.wait_for(second.communicate(), READY_S)
        assert second.returncode == 2
        assert said.decode().strip().splitlines() == [
            f"model already runs as process {box.pid} on {box.home / 'run'}; stop it first"
        ]
        assert (await client.stats()).active == 0


async def test_a_killed_caller_s_answer_ends(box: Box) -> None:
    box.fill()
    await box.start()
    async with box.client() as client:
        caller = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.model.caller", str(box.socket), cwd=PROJECT_ROOT,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert caller.stdout is not None
        assert await asyncio.wait_for(caller.stdout.readline(), READY_S) == b"answering\n"
        assert (await client.stats()).active == 1
        os.kill(caller.pid, signal.SIGKILL)
        await caller.communicate()
        await until(lambda: _idle(client))


async def test_an_idle_process_uses_no_processor_time(box: Box) -> None:
    box.fill()
    await box.start()
    async with box.client() as client:
        await answer(client, ask(client, "hi", max_tokens=5))
        await asyncio.sleep(0.5)
        before = _cpu_s(box.pid)
        await asyncio.sleep(2.0)
        assert _cpu_s(box.pid) - before <= 0.04


async def test_a_full_pool_delays_but_neither_fails_nor_loses_a_token(box: Box) -> None:
    box.fill()
    box.settings["engine__context_tokens"] = "256"
    await box.start()
    async with box.client() as client:
        requests = [ask(client, f"Tell me story {i}.", user=f"u{i}", max_tokens=50, sampling=FREE) for i in range(4)]
        answers = await asyncio.gather(*(answer(client, request) for request in requests))
        assert [len(got.tokens) for got in answers] == [50] * 4
        assert {got.finished.reason for got in answers} == {"length"}
        alone = await answer(client, ask(client, "Tell me all.", max_tokens=5000, sampling=FREE))
        assert alone.finished.reason == "length"
        usage = alone.finished.usage
        assert usage.prompt_tokens + usage.completion_tokens == 256


async def _is(value: bool) -> bool:
    return value


async def _idle(client: ModelClient) -> bool:
    return (await client.stats()).active == 0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_a_stuck_step_ends_the_process_and_its_callers_are_told(box: Box) -> None:
    box.fill()
    box.settings["engine__step_timeout_s"] = "0.02"
    await box.start()
    async with box.client() as client:
        with pytest.raises(ModelUnavailable):
            await answer(client, ask(client, "The floor is warm. " * 700, sampling=FREE, max_tokens=3000))
        assert box.process is not None
        assert await asyncio.wait_for(box.process.wait(), STOP_S) == EXIT_STUCK
