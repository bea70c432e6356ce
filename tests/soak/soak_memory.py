"""The kernel ends a model process that outgrows its control group; the next one is smaller and says why.

Needs root and a memory controller, of cgroups v1 or v2.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.core.errors import ModelUnavailable
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Sampling
from tests.appliance import eventually
from tests.integration.model.box import Box, answer, ask

UNLIMITED = 1 << 40
STEP_BYTES = 500_000


class Group:
    """A control group of our own."""

    def __init__(self) -> None:
        self._unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
        root = Path("/sys/fs/cgroup") if self._unified else Path("/sys/fs/cgroup/memory")
        self.folder = root / f"ondol-soak-{secrets.token_hex(4)}"
        self.folder.mkdir()

    def limit(self, size: int) -> None:
        (self.folder / ("memory.max" if self._unified else "memory.limit_in_bytes")).write_text(str(size))

    @property
    def used(self) -> int:
        name = "memory.current" if self._unified else "memory.usage_in_bytes"
        return int((self.folder / name).read_text())

    def leave(self, share: float) -> None:
        """Set a limit of which so large a share is free, not counting what the kernel can drop."""
        lines = dict(line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        droppable = int(lines["inactive_file" if self._unified else "total_inactive_file"])
        self.limit(int((self.used - droppable) / (1.0 - share)))

    def squeeze(self) -> None:
        """Take away all that can be taken: the next page that the process needs is one too many."""
        size = self.used + STEP_BYTES
        self.limit(size)
        with contextlib.suppress(OSError):  # v1: busy, there is nothing left to give back
            while size > STEP_BYTES:
                size -= STEP_BYTES
                self.limit(size)


@contextmanager
def group() -> Iterator[Group]:
    made = Group()
    try:
        yield made
    finally:
        made.folder.rmdir()


async def grow(client: ModelClient) -> None:
    """A long text takes memory."""
    await client.count_tokens(["All the words of a very long text. " * 20_000])


async def start(box: Box, narrow: Group) -> None:
    """The model process, in the group from its first breath."""
    enter = f'echo $$ > {narrow.folder}/cgroup.procs && exec "$@"'
    await box.start(("sh", "-c", enter, "sh"))


async def test_out_of_memory_the_next_life_is_smaller_and_says_why(tmp_path: Path) -> None:
    with group() as narrow:
        box = Box(tmp_path / "home", engine__context_tokens="4096", engine__parallel="4")
        box.fill()
        try:
            await start(box, narrow)
            async with box.client() as client:
                assert client.state is not None
                assert client.state.facts is not None
                assert (client.state.steps, client.state.facts.parallel) == (0, 4)
                request = ask(client, "Talk.", max_tokens=3500, sampling=Sampling(temperature=0.0, ignore_eos=True))
                talking = asyncio.create_task(answer(client, request))
                await asyncio.to_thread(narrow.squeeze)
                await asyncio.gather(*(grow(client) for _ in range(20)), return_exceptions=True)
                with pytest.raises(ModelUnavailable):
                    await asyncio.wait_for(talking, 60)
            assert box.process is not None
            assert await asyncio.wait_for(box.process.wait(), 20) == -9, "the kernel's own signal"
            await box.end()
            narrow.limit(UNLIMITED)
            await start(box, narrow)
            async with box.client() as client:
                assert client.state is not None
                assert client.state.facts is not None
                assert (client.state.died, client.state.steps) == ("out_of_memory", 1)
                assert (client.state.facts.parallel, client.state.facts.n_ctx) == (2, 2048)
            assert (await box.end())[0] == 0
            await start(box, narrow)
            async with box.client() as client:
                assert client.state is not None
                assert (client.state.died, client.state.steps) == (None, 0), "a stop by the owner"
        finally:
            await box.clear()


async def test_short_of_memory_it_becomes_smaller_before_the_kernel_ends_it(tmp_path: Path) -> None:
    with group() as narrow:
        box = Box(tmp_path / "home", engine__context_tokens="8192", engine__parallel="4")
        box.fill()
        try:
            await start(box, narrow)
            async with box.client() as client:
                request = ask(client, "Talk.", max_tokens=6000, sampling=Sampling(temperature=0.0, ignore_eos=True))
                talking = asyncio.create_task(answer(client, request))
                await asyncio.sleep(1)
                pid = box.pid
                await asyncio.to_thread(narrow.leave, 0.01)
                with pytest.raises(ModelUnavailable):
                    await asyncio.wait_for(talking, 60)
                await client.wait_ready(20)
                assert client.state is not None
                assert client.state.facts is not None
                assert (client.state.steps, client.state.facts.parallel, client.state.facts.n_ctx) == (1, 2, 4096)
                await eventually(lambda: client.state is not None and client.state.tight_bytes is None, timeout_s=30)
                again = ask(client, "Talk.", max_tokens=40, sampling=Sampling(temperature=0.0, ignore_eos=True))
                assert len((await answer(client, again)).tokens) == 40
                assert (client.state.pid, client.state.steps) == (pid, 1), "one step was enough, in the same process"
            assert (await box.end())[0] == 0
        finally:
            await box.clear()
