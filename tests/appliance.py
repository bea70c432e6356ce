"""The real appliance for tests: supervisord with web, model and ingest on a state folder and a port of its own."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import websockets

ROOT = Path(__file__).resolve().parents[1]
UP_S = 60.0
Json = dict[str, Any]


def free_port() -> int:
    """A port that was free a moment ago, on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(pid: int) -> list[int]:
    """Process ids whose parent is `pid`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


class Appliance:
    """Started by `start`, ended by `stop` or `kill`; both may be called as often as wanted."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ready: bool = True, up_s: float = UP_S) -> Self:
        """Start and wait until the page answers, and the model too if `ready`."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ONDOL_")}
        environ |= {"ONDOL_HOME": str(self.home), "ONDOL_HOST": "127.0.0.1", "ONDOL_PORT": str(self.port)}
        environ["ONDOL_BACKUP__NIGHTLY"] = "false"  # a new house makes its first backup a minute after its start
        environ |= self.settings
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(ROOT / "scripts" / "serve.sh")],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait("/readyz" if ready else "/healthz", up_s)
        return self

    def wait(self, path: str, timeout_s: float = UP_S) -> None:
        """Until `path` answers 200. Raises AssertionError with the logs' ends when it does not."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if httpx.get(self.url + path, timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            assert self._process is not None
            assert self._process.poll() is None, self.logs()
            time.sleep(0.05)
        raise AssertionError(f"{path} did not answer in {timeout_s} s\n{self.logs()}")

    def logs(self) -> str:
        """The last lines of every log."""
        files = [self.home / "serve.log", *sorted((self.home / "logs").glob("*.log"))]
        return "\n".join(
            f"--- {file.name}\n" + file.read_text(errors="replace")[-3000:] for file in files if file.exists()
        )

    @property
    def pid(self) -> int:
        """Of supervisord."""
        assert self._process is not None
        return self._process.pid

    def pid_of(self, service: str) -> int:
        """Of web, model or ingest, as supervisord's child."""
        for pid in children_of(self.pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if f"services.{service}".encode() in command.split(b"\0"):
                return pid
        raise AssertionError(f"no {service} process\n{self.logs()}")

    def kill(self, service: str) -> int:
        """SIGKILL one service; returns the pid it had."""
        pid = self.pid_of(service)
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self, with_signal: signal.Signals = signal.SIGTERM, timeout_s: float = 20) -> float:
        """End everything; returns the seconds it took."""
        if self._process is None:
            return 0.0
        begun = time.monotonic()
        if self._process.poll() is None:
            os.kill(self._process.pid, with_signal)
            self._process.wait(timeout_s)
        self._process = None
        return time.monotonic() - begun


class Person:
    """Somebody with a browser: REST with a cookie, and chat sockets."""

    def __init__(self, appliance: Appliance, client: httpx.AsyncClient) -> None:
        self.appliance = appliance
        self.http = client

    async def chat(self, **settings: Any) -> str:
        """A new session's id."""
        answer = await self.http.post("/api/sessions/", json={"settings": settings})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    @asynccontextmanager
    async def socket(self, session_id: str, **headers: str) -> "AsyncIterator[ChatSocket]":
        """The chat socket, after its session_info."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        url = f"ws://127.0.0.1:{self.appliance.port}/ws/chat/{session_id}/"
        async with websockets.connect(
            url, additional_headers={"Cookie": cookie, **headers}, max_size=None, ping_interval=None
        ) as connection:
            chat = ChatSocket(connection)
            chat.welcome = await chat.next()
            assert chat.welcome["type"] == "session_info"
            yield chat

    @asynccontextmanager
    async def library_socket(self) -> "AsyncIterator[ChatSocket]":
        """The socket of the documents, after its library_info."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        url = f"ws://127.0.0.1:{self.appliance.port}/ws/library/"
        async with websockets.connect(url, additional_headers={"Cookie": cookie}, ping_interval=None) as connection:
            told = ChatSocket(connection)
            told.welcome = await told.next()
            assert told.welcome == {"type": "library_info"}
            yield told

    async def ask(self, session_id: str, content: str, **more: Any) -> list[Json]:
        """One question on a socket of its own; all frames up to its end."""
        async with self.socket(session_id) as chat:
            await chat.send(type="message", content=content, **more)
            return await chat.until_end()


class ChatSocket:
    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection
        self.welcome: Json = {}
        """The session_info it began with."""

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def next(self, timeout_s: float = 60) -> Json:
        frame: Json = json.loads(await asyncio.wait_for(self.connection.recv(), timeout_s))
        return frame

    async def until(self, *types: str, timeout_s: float = 90) -> list[Json]:
        """All frames up to and including the first of one of `types`."""
        frames = []
        async with asyncio.timeout(timeout_s):
            while True:
                frames.append(await self.next(timeout_s))
                if frames[-1]["type"] in types:
                    return frames

    async def until_end(self, timeout_s: float = 90) -> list[Json]:
        return await self.until("stream_end", "error", timeout_s=timeout_s)


@asynccontextmanager
async def person(appliance: Appliance, name: str) -> AsyncIterator[Person]:
    """Somebody who is logged in."""
    async with httpx.AsyncClient(base_url=appliance.url, timeout=30) as client:
        answer = await client.post("/api/auth/login/", json={"username": name})
        assert answer.status_code == 200, answer.text
        yield Person(appliance, client)


def texts(frames: list[Json]) -> str:
    """What the stream_token frames say together."""
    return "".join(frame["token"] for frame in frames if frame["type"] == "stream_token")


async def eventually(check: Callable[[], Any], timeout_s: float = 10, every_s: float = 0.1) -> Any:
    """The first true result of `check` (a function or coroutine function). Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while True:
            result = check()
            if asyncio.iscoroutine(result):
                result = await result
            if result:
                return result
            await asyncio.sleep(every_s)
