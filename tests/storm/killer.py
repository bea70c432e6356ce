"""SIGKILL for one process after another, supervisord among them, also while the house is still getting up."""

import asyncio
import os
import random
import signal
from pathlib import Path

from tests.appliance import Appliance, children_of, eventually

TARGETS = ("web", "model", "ingest", "supervisord")
GONE_S = 15.0


def pid_or_none(house: Appliance, service: str) -> int | None:
    """Of a service that supervisord runs just now."""
    try:
        return house.pid_of(service)
    except AssertionError:
        return None


def _alive(pids: list[int]) -> list[int]:
    found = []
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


async def kill(house: Appliance, target: str, up_s: float = 60) -> None:
    """Kill it; when this returns, it runs again, though it need not answer yet."""
    if target == "supervisord":
        await _kill_supervisord(house)
        return
    pid = await eventually(lambda: pid_or_none(house, target), timeout_s=up_s)
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: pid_or_none(house, target) not in (None, pid), timeout_s=up_s, every_s=0.05)


async def _kill_supervisord(house: Appliance) -> None:
    """No orphan may be left, and a second house must start at once."""
    family = children_of(house.pid)
    family += [grandchild for child in family for grandchild in children_of(child)]
    await asyncio.to_thread(house.stop, signal.SIGKILL)
    await eventually(lambda: not _alive(family), timeout_s=GONE_S, every_s=0.05)
    await asyncio.to_thread(house.start, ready=False)


def schedule(kills: int, chance: random.Random) -> list[tuple[str, float]]:
    """(target, seconds to wait before), every target equally often; one in four comes while the house gets up."""
    targets = [TARGETS[number % len(TARGETS)] for number in range(kills)]
    chance.shuffle(targets)
    return [
        (target, chance.uniform(0.1, 1.0) if chance.random() < 0.25 else chance.uniform(2, 7)) for target in targets
    ]
