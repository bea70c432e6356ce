"""Power cuts while a real house chats: nothing that was acknowledged may be lost."""

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import websockets

from tests.appliance import Appliance, ChatSocket, Person, children_of, eventually, person
from tests.soak.disk import Disk
from tests.storm.truth import Truth

CUTS = int(os.environ.get("SOAK_CUTS", "20"))
DISK_BYTES = 1_500_000_000


class Asker:
    """Makes chats and asks in them, and keeps what the house said that it has stored, over all cuts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.questions: dict[str, list[str]] = {}
        self._number = 0

    async def run(self, who: Person, cut: asyncio.Event) -> None:
        """Until the power goes; what fails before is a fault."""
        try:
            while True:
                session = await who.chat(max_tokens=40, ignore_eos=True)
                self.questions[session] = []
                async with who.socket(session) as chat:
                    for _ in range(3):
                        await self._ask(chat, session)
        except (httpx.HTTPError, websockets.ConnectionClosed, OSError, AssertionError):
            if not cut.is_set():
                raise

    async def _ask(self, chat: ChatSocket, session: str) -> None:
        self._number += 1
        text = f"question {self._number}: why is the floor warm?"
        await chat.send(type="message", content=text)
        await chat.until("message_stored")
        self.questions[session].append(text)
        await chat.until_end()

    async def check(self, who: Person) -> int:
        """Every chat and question that was ever acknowledged is there; how many questions."""
        for session, asked in self.questions.items():
            answer = await who.http.get(f"/api/sessions/{session}/messages/")
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
    cut, loop = asyncio.Event(), asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(person(house, asker.name)) for asker in askers]
        tasks = [asyncio.create_task(asker.run(who, cut)) for asker, who in zip(askers, people, strict=True)]
        end = loop.time() + after_s
        while loop.time() < end:
            await asyncio.sleep(0.05)
            truth.look()  # what another connection reads has been committed
        cut.set()
        disk.cut()
        kill_all(house)
        await asyncio.gather(*tasks)


async def check_all(house: Appliance, askers: list[Asker]) -> int:
    total = 0
    for asker in askers:
        async with person(house, asker.name) as who:
            total += await asker.check(who)
    return total


async def test_no_acknowledged_row_is_lost(tmp_path: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
    print(f"\nSOAK_SEED={seed}")  # noqa: T201
    chance, askers = random.Random(seed), [Asker("minsu"), Asker("jiwoo")]
    with Disk(tmp_path, DISK_BYTES) as disk:
        house = Appliance(disk.path / "house", ONDOL_ENGINE__CALIBRATE="false").start()
        os.sync()
        truth, asked = Truth(house.home), 0
        try:
            for cut in range(1, CUTS + 1):
                await live_until_cut(house, disk, truth, askers, chance.uniform(1.5, 6))
                disk.unplug()
                disk.plug_in()
                house.start()
                rows, asked = truth.look(), await check_all(house, askers)
                print(f"{cut:3} {rows} tokens journaled, {asked} questions acknowledged, none lost", flush=True)  # noqa: T201
            await eventually(lambda: truth.unfinished() == 0, timeout_s=120)
            print(truth.final())  # noqa: T201
            assert asked > CUTS
        finally:
            house.stop()
