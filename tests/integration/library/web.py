"""The whole public app and the ingest app around a real library, on real sockets; only the model process is away."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
from hypercorn.asyncio import serve
from hypercorn.config import Config as Hypercorn
from quart import Quart

from services.core.config import Config
from services.core.happenings import Happenings
from services.core.protocol.client import ModelClient
from services.web.app import create_app
from services.web.chat.asks import Asks
from services.web.chat.citations import ChangedDocuments, Citations
from services.web.chat.events import EventHub
from services.web.chat.runs import RunManager
from services.web.chat.selftest import SelfTest
from services.web.chat.session_list import SessionList
from services.web.deps import Deps
from services.web.ingest_app import create_ingest_app
from services.web.metrics import Metrics
from services.web.parts import Parts
from services.web.safety.keeper import Keeper
from services.web.storage.database import open_database
from services.web.vitals.chronicle import Chronicle
from services.web.vitals.history import History
from services.web.vitals.probes import Probes
from services.web.vitals.sampler import Sampler
from tests.integration.library.conftest import Shelf, opened


class House:
    """`client(name)` is a browser of that person; `ingest` speaks to run/web.sock; `beats` are its heartbeats."""

    def __init__(self, shelf: Shelf, parts: Deps, address: str, ingest: httpx.AsyncClient, restarts: list[int]) -> None:
        self.shelf = shelf
        self.people = parts.people
        self.runs = parts.runs
        self.events = parts.events
        self.sessions = parts.sessions
        self.keeper = parts.keeper
        self.restarts = restarts
        self.ingest = ingest
        self.address = address
        self.beats: list[tuple[int, str, int]] = []
        self._clients: list[httpx.AsyncClient] = []

    async def client(self, name: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=self.address, timeout=30)
        self._clients.append(client)
        answer = await client.post("/api/auth/login/", json={"username": name})
        assert answer.status_code == 200, answer.text
        return client

    async def close(self) -> None:
        for client in (*self._clients, self.ingest):
            await client.aclose()


@contextlib.asynccontextmanager
async def served(config: Config) -> AsyncIterator[House]:
    async with opened(config) as shelf:
        people = await open_database(config.home.ondol_db, schema="ondol", synchronous="FULL")
        model, events, metrics = ModelClient(config.home.model_sock, "test"), EventHub(), Metrics()
        restarts: list[int] = []
        runs = RunManager(people, model, shelf.library, events, config, metrics)
        citations = Citations(people, shelf.library.citing, events, ChangedDocuments())
        selftest = SelfTest(people, shelf.library, config.rag.passages, lambda: False)
        asks = Asks(people, runs, config.home.inbox)
        sessions, happenings = SessionList(people, runs, events), Happenings(config.home.happenings)
        keeper = Keeper(config, people, lambda: False, lambda: restarts.append(1))
        runs.admit = keeper.disk.refuse_question
        shelf.library.rests = lambda: keeper.disk.low
        beside = Parts(model)
        parts = Deps(
            config, "secret", people, shelf.library, model, runs, events, metrics, beside, citations, selftest,
            sessions, happenings, keeper,
            Sampler(History(), Probes(config.home.root), model, runs, metrics, beside, Chronicle(happenings)),
        )  # fmt: skip
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        unix = config.home.web_sock
        ingest = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(unix)), base_url="http://web")
        house = House(shelf, parts, address, ingest, restarts)
        beats = house.beats

        def beat(pid: int, state: str, queue: int) -> bool:
            beats.append((pid, state, queue))
            return queue > 2

        try:
            async with (
                _serving(create_app(parts, Path("/nonexistent")), f"fd://{listener.detach()}"),
                _serving(create_ingest_app(shelf.library, asks, beat), f"unix:{unix}"),
            ):
                await _up(unix)
                yield house
                await house.close()
        finally:
            await runs.close()
            await people.close()
            happenings.close()


@contextlib.asynccontextmanager
async def _serving(app: Quart, bind: str) -> AsyncIterator[None]:
    stop = asyncio.Event()
    settings = Hypercorn()
    settings.bind = [bind]
    settings.graceful_timeout = settings.shutdown_timeout = 1
    task = asyncio.create_task(serve(app, settings, shutdown_trigger=stop.wait))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(true: Callable[[], bool]) -> None:
    """Look again and again: files tell nobody that they came or went."""
    while not true():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def _up(unix: Path) -> None:
    async with asyncio.timeout(10):
        await until(unix.exists)
