"""Looks at the box every few seconds and adds what it sees to the history."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from services.core.errors import OndolError
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Stats
from services.web.chat.runs import RunManager
from services.web.metrics import Metrics
from services.web.parts import Part, Parts
from services.web.vitals.chronicle import Chronicle
from services.web.vitals.history import EVERY_S, History
from services.web.vitals.probes import Box, Probes

log = logging.getLogger(__name__)
STATS_TIMEOUT_S = 3.0
"""A step of the model may take that long; a sample without its numbers is a gap, not a zero."""


@dataclass(frozen=True, slots=True)
class Look:
    """All that is seen at one moment; `first_tokens` and `ttft_total_s` count since web began."""

    at: float
    box: Box
    parts: list[Part]
    stats: Stats | None
    waiting: int
    first_tokens: float
    ttft_total_s: float


def values(before: Look | None, now: Look) -> dict[str, float | None]:
    """One sample of the columns of `history`."""
    sample: dict[str, float | None] = {
        "active": now.stats.active if now.stats else None,
        "queue": now.stats.queued + now.waiting if now.stats else None,
        "celsius": now.box.celsius,
        "memory_available_bytes": now.box.memory_available_bytes,
        "disk_free_bytes": now.box.disk_free_bytes,
    }
    sample |= {f"{part.name}_bytes": part.rss_bytes for part in now.parts}
    return sample | (_since(before, now) if before is not None else {})


def _since(before: Look, now: Look) -> dict[str, float | None]:
    ticks = now.box.cpu_total - before.box.cpu_total
    begun = now.first_tokens - before.first_tokens
    return {
        "cpu": (now.box.cpu_busy - before.box.cpu_busy) / ticks if ticks > 0 else None,
        "ttft_s": (now.ttft_total_s - before.ttft_total_s) / begun if begun > 0 else None,
        "tokens_per_s": _speed(before, now),
    }


def _speed(before: Look, now: Look) -> float | None:
    """Tokens of all answers together. A new model process counts from 0."""
    if before.stats is None or now.stats is None or now.at <= before.at:
        return None
    total, seen = now.stats.completion_tokens_total, before.stats.completion_tokens_total
    return (total - seen if total >= seen else total) / (now.at - before.at)


class Sampler:
    """`run` for ever. It asks the model process as any other caller does, and never waits for it on the loop."""

    def __init__(
        self,
        history: History,
        probes: Probes,
        model: ModelClient,
        runs: RunManager,
        metrics: Metrics,
        parts: Parts,
        chronicle: Chronicle,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.history = history
        self._probes = probes
        self._model = model
        self._runs = runs
        self._metrics = metrics
        self._parts = parts
        self._chronicle = chronicle
        self._clock = clock
        self._before: Look | None = None
        self.box: Box | None = None
        """What was seen last."""

    async def run(self) -> None:
        while True:
            with contextlib.suppress(OSError):  # a disk that does not answer is told of elsewhere
                await self.sample()
            await asyncio.sleep(EVERY_S)

    async def sample(self) -> None:
        """Look once. Raises OSError."""
        stats = await self._stats()
        box = await asyncio.to_thread(self._probes.look)
        first_tokens, ttft_total_s = self._metrics.first_tokens()
        look = Look(self._clock(), box, self._parts.all(), stats, self._runs.counts()[1], first_tokens, ttft_total_s)
        self.history.add(look.at, values(self._before, look))
        self._chronicle.temperature(box.celsius)
        self._before, self.box = look, box

    async def _stats(self) -> Stats | None:
        try:
            async with asyncio.timeout(STATS_TIMEOUT_S):
                return await self._model.stats()
        except (OndolError, TimeoutError):
            return None
