"""A real house whose system calls fail as on a broken card: typed errors, nothing lost, well without a restart."""

from pathlib import Path
from typing import Any

from tests.appliance import Appliance, Person, eventually, person, texts
from tests.storm.faults import SYNCS, Fault
from tests.storm.truth import Truth


async def safety(who: Person) -> dict[str, Any]:
    told: dict[str, Any] = (await who.http.get("/api/safety/")).json()
    return told


async def test_a_disk_that_fails_for_a_while_costs_nobody_a_word(tmp_path: Path) -> None:
    house = Appliance(tmp_path / "home", ONDOL_ENGINE__CALIBRATE="false", ONDOL_ENGINE__KV_SAVE_AFTER_S="0.3").start()
    pids = {name: house.pid_of(name) for name in ("web", "model", "ingest")}
    try:
        async with person(house, "minsu") as minsu:
            await _answers(house, minsu, tmp_path / "answers.trace")
            await _kept_chats(house, minsu, tmp_path / "kept.trace")
            await _backup(house, minsu, tmp_path / "backup.trace")
            happened = [one["kind"] for one in (await minsu.http.get("/api/status/happenings/")).json()]
            assert happened.count("disk_refused") == 1
            assert Truth(house.home).final() == {"done": 2}
        assert {name: house.pid_of(name) for name in pids} == pids
    finally:
        house.stop()


async def _answers(house: Appliance, minsu: Person, log: Path) -> None:
    """No commit reaches the disk in the middle of an answer."""
    session = await minsu.chat(max_tokens=200, ignore_eos=True)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Tell a long story.")
        frames = await chat.until("stream_token")
        with Fault(house.pid_of("web"), SYNCS, [house.home / "db" / "ondol.db-wal"], log) as fault:
            refused = await minsu.http.post("/api/sessions/", json={})
            assert (refused.status_code, refused.json()["error"]["code"]) == (500, "disk_error")
            seen = len(frames)
            while len(frames) < seen + 40:
                frames.append(await chat.next())
            assert {frame["type"] for frame in frames[seen:]} <= {"stream_token", "model_state"}, "it goes on in memory"
            assert (await safety(minsu))["writes"]["state"] == "refused"
            assert (await minsu.http.get("/readyz")).json()["disk"]["state"] == "refused"
            await eventually(lambda: fault.hits > 1)
        frames += await chat.until_end()
    assert frames[-1]["message"]["content"] == texts(frames)
    assert frames[-1]["message"]["usage"]["completion_tokens"] == 200
    assert (await safety(minsu))["writes"]["state"] == "shaky"
    assert (await minsu.http.post("/api/sessions/", json={})).status_code == 201


async def _kept_chats(house: Appliance, minsu: Person, log: Path) -> None:
    """What the model keeps of chats cannot be flushed: nothing half-written stays, and later it is kept."""
    kept = house.home / "kv"
    with Fault(house.pid_of("model"), "fsync", [], log) as fault:
        before = set(kept.glob("*.kv"))
        session = await minsu.chat(max_tokens=100, ignore_eos=True)
        assert (await minsu.ask(session, "Why is the floor warm?"))[-1]["type"] == "stream_end"
        await eventually(lambda: fault.hits)
        assert set(kept.glob("*.kv")) <= before
    await eventually(lambda: not list(kept.glob("*.part")))


async def _backup(house: Appliance, minsu: Person, log: Path) -> None:
    with Fault(house.pid_of("web"), "fsync", [], log):
        assert (await minsu.http.post("/api/safety/backups/")).status_code == 202

        async def failed() -> Any:
            return (await safety(minsu))["backup_error"]

        assert "the disk refused" in await eventually(failed, 20)
    assert list((house.home / "backups").iterdir()) == []
    assert (await minsu.http.post("/api/safety/backups/")).status_code == 202

    async def made() -> Any:
        return (await safety(minsu))["backups"]

    assert len(await eventually(made, 20)) == 1
