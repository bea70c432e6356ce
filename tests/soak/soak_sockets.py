"""Fifty sockets stream for ten minutes: memory, files, threads and tasks stay what they were."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.core.process import rss_bytes
from tests.appliance import ROOT, Appliance, Person, eventually, person

SOCKETS = 50
MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
WARM_S = 60.0
"""Until caches are full and every chat is as long as it gets."""
GROWTH = 1.10
POOL_THREADS = min(32, (os.cpu_count() or 1) + 4)
"""asyncio's pool makes its threads one by one, when they are first wanted."""
COMPLAINTS = ("Traceback", "Task was destroyed", "never retrieved", "never awaited", "ResourceWarning", "ERROR")


@dataclass(frozen=True)
class Reading:
    """What one process holds."""

    rss: int
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Reading":
        proc = Path(f"/proc/{pid}")
        return cls(rss_bytes(pid) or 0, len(list((proc / "fd").iterdir())), len(list((proc / "task").iterdir())))


class Pair:
    """Web and a scripted model process, without a supervisor."""

    def __init__(self, home: Path) -> None:
        self.house = Appliance(home)
        self._home = home
        self.processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ONDOL_")} | {
            "ONDOL_HOME": str(self._home),
            "ONDOL_HOST": "127.0.0.1",
            "ONDOL_PORT": str(self.house.port),
            "ONDOL_ENGINE__PARALLEL": str(SOCKETS),
            "ONDOL_ENGINE__KV_DISK_BYTES": "0",
        }
        for name in ("tests.soak.scripted_model", "services.web"):
            with (self._home / f"{name}.log").open("wb") as log:
                self.processes[name] = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-W", "always::ResourceWarning", "-m", name), cwd=ROOT, env=environ, stderr=log
                )
        await eventually(self._ready, timeout_s=60)

    async def _ready(self) -> bool:
        try:
            async with httpx.AsyncClient() as http:
                return (await http.get(f"{self.house.url}/readyz")).status_code == 200
        except httpx.HTTPError:
            return False

    def read(self) -> dict[str, Reading]:
        return {name: Reading.of(process.pid) for name, process in self.processes.items()}

    def said(self) -> str:
        return "".join((self._home / f"{name}.log").read_text() for name in self.processes)

    async def stop(self) -> list[int]:
        """Exit codes."""
        for process in self.processes.values():
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        return [await asyncio.wait_for(process.wait(), 20) for process in self.processes.values()]


@asynccontextmanager
async def started(home: Path) -> AsyncIterator[Pair]:
    home.mkdir()
    pair = Pair(home)
    try:
        await pair.start()
        yield pair
    finally:
        await pair.stop()


async def talk(who: Person, session: str, stop: asyncio.Event) -> int:
    """Ask again and again on one socket; returns how many tokens came."""
    tokens = 0
    async with who.socket(session) as chat:
        while not stop.is_set():
            await chat.send(type="message", content="Is the floor warm?")
            frames = await chat.until_end(timeout_s=120)
            assert frames[-1]["type"] == "stream_end", frames[-1]
            seqs = [frame["seq"] for frame in frames if frame["type"] == "stream_token"]
            assert seqs == list(range(1, len(seqs) + 1))
            tokens += len(seqs)
    return tokens


async def test_fifty_sockets_for_ten_minutes_leave_nothing_behind(tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with started(tmp_path / "house") as pair, AsyncExitStack() as stack:
        everybody = [await stack.enter_async_context(person(pair.house, f"minsu {n}")) for n in range(SOCKETS)]
        sessions = [await who.chat(max_tokens=200) for who in everybody]
        alone = pair.read()
        async with asyncio.TaskGroup() as group:
            talks = [group.create_task(talk(*one, stop)) for one in zip(everybody, sessions, strict=True)]
            await asyncio.sleep(WARM_S)
            before = pair.read()
            for _ in range(int(MINUTES - 1)):
                await asyncio.sleep(60)
                print({name: reading.rss for name, reading in pair.read().items()}, flush=True)  # noqa: T201
            after = pair.read()
            stop.set()
        print(f"\n{sum(talk.result() for talk in talks)} tokens\nbefore {before}\nafter  {after}")  # noqa: T201
        for name, reading in after.items():
            assert reading.rss <= GROWTH * before[name].rss, name
            assert reading.files <= before[name].files + 2, name
            assert reading.threads <= before[name].threads + POOL_THREADS, name
        await eventually(lambda: pair.read()["services.web"].files <= alone["services.web"].files, timeout_s=30)
        assert await pair.stop() == [0, 0]
        said = pair.said()
        assert not [complaint for complaint in COMPLAINTS if complaint in said], said[-3000:]
