"""Disk errors without end: random system calls of every process fail while people chat, drop files and make backups."""

import asyncio
import os
import random
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import websockets

from tests.appliance import Appliance, Json, Person, eventually, person
from tests.soak.disk import Disk
from tests.soak.soak_power import kill_all
from tests.storm.dropper import Dropper
from tests.storm.faults import RENAMES, SYNCS, WRITES, Fault
from tests.storm.truth import Truth

FAULTS = int(os.environ.get("SOAK_FAULTS", "60"))
DISK_BYTES = 900_000_000
TYPED = {"disk_error", "disk_full", "backup_failed"}
REMOVALS = "unlink,unlinkat"
DATABASES = ("ondol.db", "ondol.db-wal", "library.db", "library.db-wal")
LOGS = ("web.log", "model.log", "ingest.log", "supervisord.log")


@dataclass(frozen=True)
class Plan:
    """What fails, of whom, how (strace's words), and for how long."""

    service: str
    calls: str
    files: tuple[str, ...]
    error: str
    when: str
    seconds: float


CHOICES: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "web": [
        (SYNCS, ("db/ondol.db-wal",)),
        (WRITES, ("db/ondol.db-wal",)),
        (f"{SYNCS},{WRITES}", tuple(f"db/{name}" for name in DATABASES)),
        (f"{SYNCS},{RENAMES},{REMOVALS}", ()),
    ],
    "model": [(SYNCS, ()), (RENAMES, ()), (f"{SYNCS},{RENAMES},{REMOVALS}", ())],
    "ingest": [(f"{RENAMES},{REMOVALS},ftruncate", ())],
    "supervisord": [(WRITES, tuple(f"logs/{name}" for name in LOGS))],
}
"""System calls and files. Calls that a process makes in other matters too (writes to sockets) are narrowed to files."""


def plan(chance: random.Random) -> Plan:
    service = chance.choice(("web", "web", "web", "model", "ingest", "ingest", "supervisord"))
    calls, files = chance.choice(CHOICES[service])
    when = chance.choice(("1+", "1+", "2", "1+2"))
    return Plan(service, calls, files, chance.choice(("EIO", "EIO", "ENOSPC")), when, chance.uniform(0.5, 4))


class Asker:
    """Somebody who keeps asking, and keeps what the house said that it has stored. Every refusal must be typed."""

    def __init__(self, who: Person) -> None:
        self._who = who
        self.questions: dict[str, list[str]] = {}
        self.refused: dict[str, int] = {}
        self.answers = 0
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        while not self.stopping.is_set():
            made = await self._who.http.post(
                "/api/sessions/", json={"settings": {"max_tokens": 60, "ignore_eos": True}}
            )
            if made.status_code != 201:
                await self._refusal(made.json())
                continue
            session = str(made.json()["id"])
            self.questions[session] = []
            with suppress(websockets.WebSocketException):
                async with self._who.socket(session) as chat:
                    for number in range(3):
                        text = f"question {number} of {session}: why is the floor warm?"
                        await chat.send(type="message", content=text)
                        (*_, first) = await chat.until("message_stored", "error")
                        if first["type"] == "error":
                            await self._refusal(first)
                            break
                        self.questions[session].append(text)
                        await self._end((await chat.until_end(120))[-1])

    async def _end(self, frame: Json) -> None:
        if frame["type"] == "error":
            await self._refusal(frame)
        else:
            self.answers += 1

    async def _refusal(self, told: Json) -> None:
        code = told["error"]["code"]
        assert code in TYPED, told
        self.refused[code] = self.refused.get(code, 0) + 1
        await asyncio.sleep(0.3)

    async def check(self) -> int:
        """Every question that was acknowledged is there, once; how many."""
        for session, asked in self.questions.items():
            listed = (await self._who.http.get(f"/api/sessions/{session}/messages/")).json()
            assert [one["content"] for one in listed if one["role"] == "user"] == asked, session
            assert all(one["status"] in ("done", "failed") for one in listed if one["role"] == "assistant"), session
        return sum(len(asked) for asked in self.questions.values())


class Uploader:
    """Uploads files; one that was taken lies there, one that was refused does not."""

    def __init__(self, who: Person, folder: Path) -> None:
        self._who = who
        self._folder = folder
        self.taken = self.refused = 0
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            name = f"upload-{number}.md"
            answer = await self._who.http.post("/api/rag/documents/", json={"title": name, "content": f"{name} " * 20})
            if answer.status_code == 201:
                self.taken += 1
                assert (self._folder / name).read_text() == f"{name} " * 20
            else:
                self.refused += 1
                assert answer.json()["error"]["code"] in TYPED, answer.text
            if number % 10 == 0:
                await self._who.http.post("/api/safety/backups/")
            await asyncio.sleep(0.5)


async def break_things(house: Appliance, folder: Path, truth: Truth, chance: random.Random) -> dict[str, int]:
    """Faults one after another; how many calls failed, by process."""
    hits: dict[str, int] = {}
    for number in range(1, FAULTS + 1):
        one = plan(chance)
        pid = house.pid if one.service == "supervisord" else house.pid_of(one.service)
        files = [house.home / file for file in one.files]
        children = one.service == "ingest"  # the parser
        with Fault(pid, one.calls, files, folder / "trace", error=one.error, when=one.when, children=children) as fault:
            ends = time.monotonic() + one.seconds
            while time.monotonic() < ends:
                await asyncio.sleep(0.2)
                truth.look()
        hits[one.service] = hits.get(one.service, 0) + fault.hits
        print(f"{number:3} {one} {fault.hits} calls failed, {len(truth.seen)} tokens journaled", flush=True)  # noqa: T201
        await asyncio.sleep(chance.uniform(0, 2))
    return hits


def sound(home: Path) -> None:
    for name in ("ondol.db", "library.db"):
        connection = sqlite3.connect(f"file:{home / 'db' / name}?mode=ro", uri=True, timeout=10)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], name
        finally:
            connection.close()


async def test_no_word_is_lost_to_disk_errors(tmp_path: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
    print(f"\nSOAK_SEED={seed}")  # noqa: T201
    house = Appliance(
        tmp_path / "house",
        ONDOL_ENGINE__CALIBRATE="false",
        ONDOL_ENGINE__KV_SAVE_AFTER_S="0.5",
        ONDOL_INGEST__SETTLE_S="0.3",
    ).start()
    pids = {name: house.pid_of(name) for name in ("web", "model", "ingest")}
    truth, dropper = Truth(house.home), Dropper(house.home / "inbox")
    try:
        async with person(house, "minsu") as minsu, person(house, "jiwoo") as jiwoo:
            askers, uploader = [Asker(minsu), Asker(jiwoo)], Uploader(minsu, house.home / "inbox" / "minsu")
            living: list[Asker | Uploader | Dropper] = [*askers, uploader, dropper]
            async with asyncio.TaskGroup() as group:
                for one in living:
                    group.create_task(one.run())
                hits = await break_things(house, tmp_path, truth, random.Random(seed))
                for one in living:
                    one.stopping.set()
            await eventually(lambda: truth.unfinished() == 0, timeout_s=120)
            asked = [await asker.check() for asker in askers]
            assert {name: house.pid_of(name) for name in pids} == pids, "somebody was started anew"

            async def all_read() -> bool:
                listed = (await minsu.http.get("/api/rag/documents/?limit=500")).json()
                return {one["state"] for one in listed} == {"ready"}

            await eventually(all_read, timeout_s=600, every_s=1)
            assert await dropper.lost(minsu) == []
            session = await minsu.chat(max_tokens=5)
            assert (await minsu.ask(session, "And now?"))[-1]["type"] == "stream_end"
            statuses = truth.final()
            sound(house.home)
            print(  # noqa: T201
                f"{sum(asked)} questions acknowledged, none lost; runs {statuses}; refused"
                f" {[asker.refused for asker in askers]}; {uploader.taken} uploads taken, {uploader.refused} refused;"
                f" {len(truth.seen)} tokens journaled, none changed; failed calls {hits}"
            )
            assert all(asker.answers > FAULTS / 10 for asker in askers)
    finally:
        with suppress(httpx.HTTPError):
            house.stop()


async def test_a_disk_that_is_pulled_leaves_a_house_that_says_so(tmp_path: Path) -> None:
    with Disk(tmp_path, DISK_BYTES) as disk:
        house = Appliance(disk.path / "house", ONDOL_ENGINE__CALIBRATE="false")
        house.home.mkdir()
        (house.home / "serve.log").symlink_to(tmp_path / "serve.log")
        house.start()
        try:
            web = house.pid_of("web")
            async with person(house, "minsu") as minsu:
                session = await minsu.chat(max_tokens=200, ignore_eos=True)
                async with minsu.socket(session) as chat:
                    await chat.send(type="message", content="Tell a long story.")
                    await chat.until("stream_token")
                    disk.cut()
                    said = 0
                    while said < 100:
                        said += (await chat.next())["type"] == "stream_token"
                refused = await minsu.http.get("/api/sessions/")
                assert refused.json()["error"]["code"] == "disk_error"
                assert (await minsu.http.get("/readyz")).json()["disk"]["state"] == "refused"
            assert house.pid_of("web") == web
        finally:
            kill_all(house)
