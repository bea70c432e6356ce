"""The client against a small model process of its own: answers find their request, and a death is told to all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from services.core.errors import ContextOverflow, ModelUnavailable
from services.core.protocol.client import ModelClient, RunFrame
from services.core.protocol.codec import encode, request_decoder
from services.core.protocol.frames import (
    Abort,
    Embed,
    Embedded,
    Failed,
    Finished,
    Frame,
    Generate,
    Hello,
    ModelState,
    Request,
    Sampling,
    Timings,
    Tokens,
    Usage,
)

READY = ModelState(state="ready", pid=1, started_at=1.0)
DONE = {"usage": Usage(1, 0, 1), "timings": Timings(0, 0, 0, 0, 0)}
Handler = Callable[[Request, Callable[[Frame], None]], Awaitable[None]]


class Peer:
    """A model process that answers by a script."""

    def __init__(self, handler: Handler, state: ModelState = READY) -> None:
        self.handler, self.state = handler, state
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        decoder = request_decoder()

        def send(frame: Frame) -> None:
            writer.write(encode(frame))

        while data := await reader.read(65536):
            for request in decoder.feed(data):
                assert not isinstance(request, Exception)
                if isinstance(request, Hello):
                    send(self.state)
                else:
                    await self.handler(request, send)

    def say(self, state: ModelState) -> None:
        for writer in self.writers:
            writer.write(encode(state))

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()
        self.writers.clear()


@asynccontextmanager
async def talking(
    tmp_path: Path, handler: Handler, state: ModelState = READY
) -> AsyncIterator[tuple[ModelClient, Peer]]:
    peer = Peer(handler, state)
    client = ModelClient(tmp_path / "model.sock", "test")
    client.start()
    server = await asyncio.start_unix_server(peer.serve, tmp_path / "model.sock")
    try:
        if state.state == "ready":
            await client.wait_ready(5)
        yield client, peer
    finally:
        await client.close()
        peer.hang_up()
        server.close()
        await server.wait_closed()


def a_generate(client: ModelClient) -> Generate:
    return Generate(id=client.next_id(), user="u", cache_key="k", messages=(), sampling=Sampling(), max_tokens=4)


async def collect(client: ModelClient, request: Generate) -> list[RunFrame]:
    return [frame async for frame in client.generate(request)]


async def test_answers_of_interleaved_requests_find_their_own(tmp_path: Path) -> None:
    async def handler(request: Request, send: Callable[[Frame], None]) -> None:
        if isinstance(request, Generate):
            send(Tokens(id=request.id, tokens=(request.id,), text=f"<{request.id}>"))
            if request.id % 2 == 0:  # the second one lets both end
                for each in (request.id, request.id - 1):
                    send(Finished(id=each, reason="stop", **DONE))  # type: ignore[arg-type]

    async with talking(tmp_path, handler) as (client, _):
        one, two = await asyncio.gather(*(collect(client, a_generate(client)) for _ in range(2)))
        assert isinstance(one[0], Tokens)
        assert isinstance(two[0], Tokens)
        assert (one[0].text, two[0].text) == ("<1>", "<2>")
        assert len(one) == len(two) == 2


async def test_a_dead_process_ends_every_waiting_request_at_once_and_the_client_comes_back(tmp_path: Path) -> None:
    asked = asyncio.Semaphore(0)

    async def handler(request: Request, send: Callable[[Frame], None]) -> None:
        asked.release()

    async with talking(tmp_path, handler) as (client, peer):
        states: list[ModelState | None] = []
        client.listen(states.append)
        waiting = [
            asyncio.create_task(collect(client, a_generate(client))),
            asyncio.create_task(client.embed(["x"], kind="query")),
        ]
        for _ in waiting:
            await asked.acquire()
        peer.hang_up()
        for task in waiting:
            with pytest.raises(ModelUnavailable):
                await task
        await client.wait_ready(5)
        assert states == [None, READY]
        assert client.lives == 1  # the same pid and start time: the same life


async def test_leaving_early_aborts(tmp_path: Path) -> None:
    aborted = asyncio.get_running_loop().create_future()

    async def handler(request: Request, send: Callable[[Frame], None]) -> None:
        if isinstance(request, Generate):
            send(Tokens(id=request.id, tokens=(1,), text="a"))
        elif isinstance(request, Abort):
            aborted.set_result(request.id)

    async with talking(tmp_path, handler) as (client, _):
        request = a_generate(client)
        frames = client.generate(request)
        await anext(frames)
        await frames.aclose()  # type: ignore[attr-defined]
        assert await aborted == request.id


async def test_typed_errors_arrive_typed(tmp_path: Path) -> None:
    async def handler(request: Request, send: Callable[[Frame], None]) -> None:
        assert isinstance(request, Generate)
        send(
            Failed(id=request.id, code="context_overflow", message="too long", params={"needed_tokens": 9, "n_ctx": 8})
        )

    async with talking(tmp_path, handler) as (client, _):
        with pytest.raises(ContextOverflow) as caught:
            await collect(client, a_generate(client))
        assert caught.value.params == {"needed_tokens": 9, "n_ctx": 8}


async def test_embeddings(tmp_path: Path) -> None:
    async def handler(request: Request, send: Callable[[Frame], None]) -> None:
        assert isinstance(request, Embed)
        send(Embedded(id=request.id, vectors=tuple(text.encode() for text in request.texts)))

    async with talking(tmp_path, handler) as (client, _):
        assert await client.embed(["a", "b"], kind="passage") == [b"a", b"b"]


async def test_a_model_that_loads_for_long_is_waited_for_while_it_says_so(tmp_path: Path) -> None:
    async def handler(request: Request, send: Callable[[Frame], None]) -> None: ...

    loading = ModelState(state="loading", pid=1, started_at=1.0, percent=0)
    async with talking(tmp_path, handler, loading) as (client, peer):
        waiting = asyncio.create_task(client.wait_ready(0.2))
        for percent in range(5, 60, 5):
            await asyncio.sleep(0.05)
            peer.say(msgspec.structs.replace(loading, percent=percent))
        assert not waiting.done()
        peer.say(READY)
        await waiting


async def test_a_model_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    async def handler(request: Request, send: Callable[[Frame], None]) -> None: ...

    async with talking(tmp_path, handler, ModelState(state="loading", pid=1, started_at=1.0)) as (client, _):
        with pytest.raises(ModelUnavailable):
            await asyncio.wait_for(client.wait_ready(0.1), 5)


async def test_an_unavailable_model_says_why_at_once(tmp_path: Path) -> None:
    async def handler(request: Request, send: Callable[[Frame], None]) -> None: ...

    broken = ModelState(state="unavailable", pid=1, started_at=1.0, reason="no model file")
    async with talking(tmp_path, handler, broken) as (client, _):
        with pytest.raises(ModelUnavailable) as caught:
            await asyncio.wait_for(client.wait_ready(60), 5)
        assert caught.value.message == "no model file"
