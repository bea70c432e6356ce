"""A real ingest process beside a web that records what it is told."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.core.paths import PROJECT_ROOT
from tests.integration.ingest.recorder import RecordingWeb, Served

POWERLESS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--")  # util-linux


@dataclass
class Box:
    """One state folder with its inbox, its web and its ingest process."""

    home: Path
    web: RecordingWeb
    served: Served
    process: asyncio.subprocess.Process | None = None

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def shared(self) -> Path:
        return self.inbox / "shared"

    async def start(self, *, powerless: bool = False, **settings: str) -> None:
        """Start `python -m services.ingest`; settings are keys of its section. `powerless`: file modes count even for
        root."""
        self.process = await asyncio.create_subprocess_exec(
            *(POWERLESS if powerless and os.geteuid() == 0 else ()),
            sys.executable,
            "-m",
            "services.ingest",
            cwd=PROJECT_ROOT,
            env={
                **os.environ,
                "ONDOL_HOME": str(self.home),
                "ONDOL_INGEST__SETTLE_S": "0.3",
                **{f"ONDOL_INGEST__{key.upper()}": value for key, value in settings.items()},
            },
        )

    async def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        process, self.process = self.process, None
        if process.returncode is None:
            process.send_signal(number)
        return await asyncio.wait_for(process.wait(), 10)

    async def until(self, holds: Callable[[], bool], within_s: float = 10.0) -> float:
        """Seconds until `holds`; fails after `within_s`."""
        begun = time.monotonic()
        while not holds():
            assert time.monotonic() - begun < within_s, f"not within {within_s} s; web knows {self.web.summary()}"
            await asyncio.sleep(0.02)
        return time.monotonic() - begun

    def children(self) -> list[int]:
        """Living parser children of the ingest process."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in listed]


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """Web answers, ingest is not started yet."""
    web = RecordingWeb()
    for folder in ("run", "inbox/shared"):
        (tmp_path / folder).mkdir(parents=True)
    served = Served(web, tmp_path / "run" / "web.sock")
    await served.start()
    made = Box(tmp_path, web, served)
    yield made
    if made.process is not None:
        await made.stop()
    await served.stop()
