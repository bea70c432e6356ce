"""Which parts of the house are up, by process id; memory is read when asked for."""

import os
import time
from typing import Literal

import msgspec

from services.core.process import rss_bytes
from services.core.protocol.client import ModelClient

HEARTBEAT_LOST_S = 15.0


class Part(msgspec.Struct, frozen=True):
    name: str
    up: bool
    pid: int | None
    rss_bytes: int | None


class Parts:
    """The ingest process tells its pulse; the model process shakes hands; supervisord is the parent, if it is."""

    def __init__(self, model: ModelClient) -> None:
        self._model = model
        self._ingest_pid: int | None = None
        self._ingest_state = "away"
        self._ingest_queue = 0
        self._ingest_seen = 0.0

    def heartbeat(self, pid: int, state: str, queue: int) -> None:
        """The ingest process is alive, `queue` files lie before it."""
        self._ingest_pid, self._ingest_state, self._ingest_queue = pid, state, queue
        self._ingest_seen = time.monotonic()

    @property
    def ingest_state(self) -> str:
        """scanning, idle, working, or away."""
        alive = self._ingest_pid is not None and time.monotonic() - self._ingest_seen < HEARTBEAT_LOST_S
        return self._ingest_state if alive else "away"

    @property
    def ingest_queue(self) -> int:
        return self._ingest_queue if self.ingest_state != "away" else 0

    @property
    def model_state(self) -> Literal["loading", "calibrating", "ready", "unavailable", "down"]:
        return self._model.state.state if self._model.state is not None else "down"

    def all(self) -> list[Part]:
        """Every part; supervisor only where it started us."""
        parts = [_part("web", os.getpid())]
        parts.append(_part("model", self._model.state.pid if self._model.state is not None else None))
        parts.append(_part("ingest", self._ingest_pid if self.ingest_state != "away" else None))
        if os.environ.get("SUPERVISOR_ENABLED"):
            parts.append(_part("supervisor", os.getppid()))
        return parts


def _part(name: str, pid: int | None) -> Part:
    rss = rss_bytes(pid) if pid is not None else None
    return Part(name, rss is not None, pid, rss)
