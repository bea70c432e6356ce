"""Power cuts while a real house chats: nothing that was acknowledged may be lost."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import websockets

from tests.appliance import Appliance, Person, children_of, eventually, person
from tests.soak.disk import Disk
from tests.storm.truth import Truth

CUTS = int(os.environ.get("SOAK_CUTS", "20"))
DISK_BYTES = 1_500_000_000
PEOPLE = 2


class Asker:
    """Makes chats and asks in them, and keeps what the house said that it has stored."""

    def __init__(self, who: Person) -> None:
        self._who = who
        self.questions: dict[str, list[str]] = {}

    async def run(self) -> None:
        """Until the power goes."""
        with suppress(httpx.HTTPError, websockets.ConnectionClosed, OSError, AssertionError):
            number = 0
            while True:
                session = await self._who.chat(max_tokens=40, ignore_eos=True)
                self.questions[session] = []
                async with self._who.socket(session) as chat:
                    for _ in range(3):
                        number += 1
                        text = f"question {number}: why is the floor warm?"
                        await chat.send(type="message", content=text)
                        await chat.until("message_stored")
                        self.questions[session].append(text)
                        await chat.until_end()

    async def check(self) -> int:
        """Every chat and question that was acknowledged is there; how many questions."""
        for session, asked in self.questions.items():
            answer = await self._who.http.get(f"/api/sessions/{session}/messages/")
            assert answer.status_code == 200, f"chat {session} is lost"
            said = [one["content"] for one in answer.json() if one["role"] == "user"]
            assert said[: len(asked)] == asked, f"chat {session} lost {set(asked) - set(said)}"
        return sum(len(asked) for asked in self.questions.values())


def kill_all(house: Appliance) -> None:
    """Everything at once, as when the plug is pulled."""
    found = [house.pid]
    for pid in found:
        found += children_of(pid)
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    house.stop(signal.SIGKILL)


async def live_until_cut(house: Appliance, disk: Disk, truth: Truth, askers: list[Asker], after_s: float) -> None:
    tasks = [asyncio.create_task(asker.run()) for asker in askers]
    end = asyncio.get_running_loop().time() + after_s
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.05)
        truth.look()  # what another connection reads has been committed
    disk.cut()
    kill_all(house)
    await asyncio.gather(*tasks)


async def test_no_acknowledged_row_is_lost(tmp_path: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
    print(f"\nSOAK_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    with Disk(tmp_path, DISK_BYTES) as disk:
        house = Appliance(disk.path / "house", ONDOL_ENGINE__CALIBRATE="false").start()
        os.sync()
        truth, askers, asked = Truth(house.home), [], 0
        try:
            for cut in range(1, CUTS + 1):
                async with person(house, "minsu") as minsu, person(house, "jiwoo") as jiwoo:
                    askers = [Asker(minsu), Asker(jiwoo)][:PEOPLE]
                    await live_until_cut(house, disk, truth, askers, chance.uniform(1.5, 6))
                    disk.unplug()
                    disk.plug_in()
                    house.start()
                    rows = truth.look()
                    kept = [await asker.check() for asker in askers]
                    asked += sum(kept)
                print(f"{cut:3} {rows} tokens journaled, {asked} questions acknowledged, none lost", flush=True)  # noqa: T201
            await eventually(lambda: truth.unfinished() == 0, timeout_s=120)
            print(truth.final())  # noqa: T201
            assert asked > CUTS
        finally:
            house.stop()
