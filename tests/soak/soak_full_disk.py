"""A disk that is really full in the middle of an answer, and has room again later."""

import asyncio
import errno
import os
from pathlib import Path

from tests.appliance import Appliance, eventually, person, texts
from tests.soak.disk import Disk
from tests.storm.truth import Truth

DISK_BYTES = 900_000_000
FULL_S = 8.0


def fill(path: Path) -> None:
    """Until not a byte more fits."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for size in (1 << 22, 1 << 12):
            while True:
                try:
                    os.write(descriptor, b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def test_an_answer_outlives_a_full_disk(tmp_path: Path) -> None:
    with Disk(tmp_path, DISK_BYTES) as disk:
        house = Appliance(
            disk.path / "house",
            ONDOL_ENGINE__CALIBRATE="false",
            ONDOL_DISK__LOW_BYTES="60000000",
            ONDOL_DISK__FULL_BYTES="20000000",
        ).start()
        try:
            async with person(house, "minsu") as minsu:
                session = await minsu.chat(max_tokens=600, ignore_eos=True)
                async with minsu.socket(session) as chat:
                    await chat.send(type="message", content="Tell a long story.")
                    frames = await chat.until("stream_token")
                    await asyncio.to_thread(fill, disk.path / "filler")
                    await asyncio.sleep(FULL_S)

                    async def told() -> bool:
                        answer = await minsu.http.get("/api/safety/")
                        return bool(answer.json()["disk"]["level"] == "full")

                    await eventually(told, 15)
                    refused = await minsu.http.post("/api/rag/documents/", json={"title": "a.md", "content": "x"})
                    assert refused.json()["error"]["code"] == "disk_full"
                    (disk.path / "filler").unlink()
                    frames += await chat.until_end(180)
                assert frames[-1]["type"] == "stream_end"
                assert frames[-1]["message"]["usage"]["completion_tokens"] == 600
                assert texts(frames) == frames[-1]["message"]["content"]
                session = await minsu.chat(max_tokens=5)
                assert (await minsu.ask(session, "And now?"))[-1]["type"] == "stream_end"
            print(Truth(house.home).final())  # noqa: T201
        finally:
            house.stop()


async def test_a_house_that_starts_on_a_full_disk(tmp_path: Path) -> None:
    """What the model kept of chats makes room to open; without that it says why it cannot, until there is room."""
    with Disk(tmp_path, DISK_BYTES) as disk:
        house = Appliance(disk.path / "house", ONDOL_ENGINE__CALIBRATE="false", ONDOL_ENGINE__KV_DISK_BYTES="0")
        house.home.mkdir()
        (house.home / "serve.log").symlink_to(tmp_path / "serve.log")
        house.start()
        try:
            async with person(house, "minsu") as minsu:
                session = await minsu.chat(max_tokens=5)
                await minsu.ask(session, "Why is the floor warm?")
                said = (await minsu.http.get(f"/api/sessions/{session}/messages/")).json()
                house.stop()
                assert list((house.home / "kv").glob("*.kv"))
                fill(disk.path / "filler")
                house.start(ready=False)
                assert (await minsu.http.get("/readyz")).json()["disk"]["state"] == "full"
                assert (await minsu.http.get(f"/api/sessions/{session}/messages/")).json() == said
                assert (await minsu.ask(session, "And now?"))[-1]["error"]["code"] == "disk_full"
                house.stop()
                fill(disk.path / "more filler")
                house.start(ready=False)
                waiting = (await minsu.http.get("/readyz")).json()
                assert (waiting["web"]["state"], waiting["web"]["code"]) == ("waiting", "disk_full")
                web = house.pid_of("web")
                await asyncio.sleep(FULL_S)
                assert house.pid_of("web") == web, "it starts again and again"
                (disk.path / "filler").unlink()
                house.wait("/readyz", 60)
                assert (await minsu.http.get(f"/api/sessions/{session}/messages/")).json() == said
        finally:
            house.stop()
