"""The engine's thread while there is nothing to run."""

import threading
from pathlib import Path

import pytest

from services.core.config import load_config
from services.core.free_memory import FreeMemory
from services.core.protocol.frames import Frame, ModelState
from services.model import loader, worker
from services.model.watchdog import Watchdog
from services.model.worker import Worker
from tests.unit.model.vocabularies import SMOLLM2

MIB = 1 << 20


class States:
    """Hears the worker; `reached` waits for a state."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._told: list[ModelState] = []

    def publish(self, state: ModelState) -> None:
        with self._changed:
            self._told.append(state)
            self._changed.notify_all()

    def deliver(self, frames: list[tuple[int, Frame]]) -> None:
        raise AssertionError(f"nobody asked, but {frames} came")

    def reached(self, state: str) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: any(told.state == state for told in self._told), timeout=30)


def test_a_model_refused_for_memory_is_loaded_once_memory_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path), "ONDOL_MODEL": str(SMOLLM2), "ONDOL_ENGINE__CALIBRATE": "false"})
    config.home.create()
    free = [200 * MIB]
    monkeypatch.setattr(loader, "free_memory", lambda: FreeMemory(free[0], 8192 * MIB, "machine"))
    monkeypatch.setattr(worker, "RECHECK_S", 0.05)
    states = States()
    running = Worker(config, states, Watchdog(60.0))
    running.start()
    try:
        assert states.reached("unavailable")
        free[0] = 4096 * MIB
        assert states.reached("ready")
    finally:
        assert running.stop(10.0)
