"""A service that is up but stuck is started anew, and nobody else is touched."""

import asyncio
import os
import signal
import time
from pathlib import Path

from tests.appliance import Appliance, Person, eventually, person
from tests.storm.killer import pid_or_none

STUCK_S = 25.0
"""Two rounds of four seconds, five apart, the wait for the first, and a loaded machine."""
ANSWERED_S = 10.0
"""A round comes every five seconds, and who never answered one is not judged."""


async def replaced(house: Appliance, pids: dict[str, int]) -> None:
    """Until each has another process id."""
    await eventually(lambda: all(pid_or_none(house, name) not in (None, pid) for name, pid in pids.items()), STUCK_S)


async def answers(who: Person) -> bool:
    return bool((await who.ask(await who.chat(max_tokens=3), "hi"))[-1]["type"] == "stream_end")


async def test_stuck_services_are_started_anew_and_the_others_are_unharmed(tmp_path: Path) -> None:
    house = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false").start()
    try:
        await asyncio.sleep(ANSWERED_S)
        before = {name: house.pid_of(name) for name in ("web", "model", "ingest", "sentinel")}
        stuck = {name: before[name] for name in ("model", "ingest")}
        begun = time.monotonic()
        for pid in stuck.values():
            os.kill(pid, signal.SIGSTOP)
        await replaced(house, stuck)
        assert time.monotonic() - begun < STUCK_S
        assert (house.pid_of("web"), house.pid_of("sentinel")) == (before["web"], before["sentinel"])
        os.kill(before["web"], signal.SIGSTOP)
        await replaced(house, {"web": before["web"]})
        os.kill(before["sentinel"], signal.SIGKILL)
        await replaced(house, {"sentinel": before["sentinel"]})
        await asyncio.to_thread(house.wait, "/readyz")
        async with person(house, "minsu") as minsu:
            assert await answers(minsu)
        assert (house.home / "logs" / "sentinel.log").read_text().count("does not answer") == 3
    finally:
        house.stop()
