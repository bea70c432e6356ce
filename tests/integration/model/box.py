"""A real model process on a state folder of its own, and what tests ask of it."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.core.paths import PROJECT_ROOT
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import (
    Finished,
    Frame,
    Generate,
    Message,
    Part,
    Progress,
    Role,
    Sampling,
    Started,
    Tokens,
)

CHAT = "SmolLM2-135M-Instruct.Q4_1.gguf"
EMBEDDER = "multilingual-e5-small.Q4_0.gguf"
MODELS = PROJECT_ROOT / ".cache" / "models"
READY_S = 60.0


def place(name: str, folder: Path) -> Path:
    """Put an embedded model into `folder`: a hard link where the disk allows it."""
    target = folder / name
    try:
        os.link(MODELS / name, target)
    except OSError:
        shutil.copyfile(MODELS / name, target)
    return target


class Box:
    """Holds at most one process; `start` again after `stop` or `kill`."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.settings = settings
        self.models = home / "models"
        self.models.mkdir(parents=True)
        self.socket = home / "run" / "model.sock"
        self.process: asyncio.subprocess.Process | None = None
        self.open_ends: list[asyncio.StreamWriter] = []

    def fill(self, *names: str) -> None:
        for name in names or (CHAT, EMBEDDER):
            place(name, self.models)

    async def start(self, through: tuple[str, ...] = ()) -> None:
        """`through` is a command that runs the process in its own place."""
        self.process = await self.spawn(through)

    async def spawn(self, through: tuple[str, ...] = ()) -> asyncio.subprocess.Process:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ONDOL_")}
        environ |= {f"ONDOL_{name.upper()}": value for name, value in self.settings.items()}
        environ |= {"ONDOL_HOME": str(self.home), "ONDOL_ENGINE__CALIBRATE": "false"}
        return await asyncio.create_subprocess_exec(
            *through,
            sys.executable,
            "-m",
            "services.model",
            cwd=PROJECT_ROOT,
            env=environ,
            stderr=asyncio.subprocess.PIPE,
        )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def clear(self) -> None:
        """Close bare connections and kill the process, if there still are any."""
        for writer in self.open_ends:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        if self.process is not None:
            await self.end(signal.SIGKILL)

    async def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; returns the exit code and what the process said on stderr."""
        assert self.process is not None
        process, self.process = self.process, None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        _, said = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode is not None
        return process.returncode, said.decode()

    @asynccontextmanager
    async def client(self, *, ready: bool = True) -> AsyncIterator[ModelClient]:
        client = ModelClient(self.socket, "test")
        heard = asyncio.Event()
        client.listen(lambda _state: heard.set())
        client.start()
        try:
            await asyncio.wait_for(heard.wait(), READY_S)
            if ready:
                await client.wait_ready(READY_S)
            yield client
        finally:
            await client.close()


@dataclass
class Answer:
    """What one generation gave."""

    frames: list[Frame] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(frame.text for frame in self.frames if isinstance(frame, Tokens))

    @property
    def tokens(self) -> tuple[int, ...]:
        return tuple(token for frame in self.frames if isinstance(frame, Tokens) for token in frame.tokens)

    @property
    def finished(self) -> Finished:
        frame = self.frames[-1]
        assert isinstance(frame, Finished)
        return frame

    @property
    def started(self) -> Started:
        return next(frame for frame in self.frames if isinstance(frame, Started))

    @property
    def progress(self) -> list[Progress]:
        return [frame for frame in self.frames if isinstance(frame, Progress)]


def said(role: Role, text: str, tokens: tuple[int, ...] | None = None) -> Message:
    return Message(role=role, parts=(Part(id=f"{role} {text[:20]}", text=text, tokens=tokens),))


def ask(
    client: ModelClient,
    question: str,
    *,
    user: str = "u",
    chat: str = "",
    max_tokens: int = 40,
    history: Sequence[Message] = (),
    stop: tuple[str, ...] = (),
    resume: tuple[int, ...] = (),
    sampling: Sampling | None = None,
) -> Generate:
    request_id = client.next_id()
    return Generate(
        id=request_id,
        user=user,
        cache_key=chat or f"chat {request_id}",
        messages=(*history, said("user", question)),
        sampling=sampling or Sampling(temperature=0.0),
        max_tokens=max_tokens,
        stop=stop,
        resume_tokens=resume,
    )


async def answer(client: ModelClient, request: Generate) -> Answer:
    """Follow a generation to its end."""
    got = Answer()
    async for frame in client.generate(request):
        got.frames.append(frame)
    return got


def exactly(text: str) -> Sampling:
    """Sampling under which the model can say nothing but `text`."""
    return Sampling(temperature=0.0, grammar=f'root ::= "{text}"')


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 10.0) -> None:
    """Wait until `holds`; fails after `within_s`."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110  # another process changes it
            await asyncio.sleep(0.02)
