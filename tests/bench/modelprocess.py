"""The real model process on a state folder of its own, spoken to over its socket."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from services.core.paths import PROJECT_ROOT
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Finished, Generate, Sampling, Tokens, Usage
from tests.bench.talk import Script

EMBEDDER = PROJECT_ROOT / ".cache" / "models" / "multilingual-e5-small.Q4_0.gguf"
READY_S = 600.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One turn: its tokens, when each frame came (seconds of a monotonic clock), and what it cost."""

    tokens: tuple[int, ...]
    arrivals: tuple[float, ...]
    usage: Usage

    @property
    def decode_tokens_per_s(self) -> float:
        return (len(self.arrivals) - 1) / (self.arrivals[-1] - self.arrivals[0])

    @property
    def longest_gap_s(self) -> float:
        return max(b - a for a, b in pairwise(self.arrivals))


class ModelProcess:
    """`start` returns when it is ready; `stop` ends it."""

    def __init__(self, home: Path, model: Path, **settings: str) -> None:
        self._home = home
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ONDOL_")},
            "ONDOL_HOME": str(home),
            "ONDOL_MODEL": str(model),
            "ONDOL_EMBEDDER": str(EMBEDDER),
            "ONDOL_ENGINE__CALIBRATE": "false",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.client = ModelClient(home / "run" / "model.sock", "bench")

    async def start(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.model", cwd=PROJECT_ROOT, env=self._environ
        )
        self.client.start()
        await self.client.wait_ready(READY_S)

    async def stop(self) -> None:
        await self.client.close()
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await self._process.wait()

    @property
    def rss_bytes(self) -> int:
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    async def answer(
        self, script: Script, turn: int, answers: Sequence[tuple[int, ...]], key: str, sampling: Sampling
    ) -> Answered:
        """One turn of one user, token by token."""
        request = Generate(
            id=self.client.next_id(),
            user=f"user{script.user}",
            cache_key=key,
            messages=script.messages(turn, answers),
            sampling=sampling,
            max_tokens=script.answer_tokens,
        )
        tokens: list[int] = []
        arrivals: list[float] = []
        async for frame in self.client.generate(request):
            match frame:
                case Tokens():
                    tokens += frame.tokens
                    arrivals += [time.perf_counter()] * len(frame.tokens)
                case Finished():
                    return Answered(tuple(tokens), tuple(arrivals), frame.usage)
        raise AssertionError("the stream ended without Finished")

    async def converse(self, script: Script, key: str, sampling: Sampling) -> list[Answered]:
        """All turns of one user."""
        turns: list[Answered] = []
        for turn in range(script.turns):
            said = [answered.tokens for answered in turns]
            turns.append(await self.answer(script, turn, said, key, sampling))
        return turns

    async def play(self, scripts: Sequence[Script], key: str, sampling: Sampling) -> float:
        """All users at once; returns the seconds until the last one is answered."""
        began = time.perf_counter()
        await asyncio.gather(*(self.converse(s, f"{key}-{s.user}", sampling) for s in scripts))
        return time.perf_counter() - began
