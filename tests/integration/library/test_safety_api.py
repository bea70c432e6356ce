"""Backups in the browser, for the owner alone; what rests when the disk is nearly full."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services.core.config import Config, load_config
from services.web.safety.restoring import put_in_place
from tests.appliance import eventually
from tests.integration.library.web import House, served


@pytest.fixture
def home_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path / "home"))
    config = load_config()
    config.home.create()
    return config


@pytest.fixture
async def house(home_config: Config) -> AsyncIterator[House]:
    async with served(home_config) as house:
        yield house


async def made_backup(owner: httpx.AsyncClient) -> str:
    assert (await owner.post("/api/safety/backups/")).status_code == 202

    async def there() -> str | None:
        told = (await owner.get("/api/safety/")).json()
        assert told["backup_error"] is None
        return str(told["backups"][0]["name"]) if told["backups"] else None

    return str(await eventually(there))


async def metric(client: httpx.AsyncClient, name: str) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


async def test_the_owner_makes_downloads_and_restores_a_backup(house: House, home_config: Config) -> None:
    owner = await house.client("minsu")
    session = (await owner.post("/api/sessions/", json={"title": "kept"})).json()["id"]
    name = await made_backup(owner)
    file = await owner.get(f"/api/safety/backups/{name}/download/")
    assert file.headers["content-disposition"].endswith(name)
    assert "db/ondol.db" in zipfile.ZipFile(io.BytesIO(file.content)).namelist()
    part = await owner.get(f"/api/safety/backups/{name}/download/", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"PK\x03\x04")
    await owner.delete(f"/api/sessions/{session}/")
    upload = await owner.post("/api/safety/restore/upload/", files={"file": ("b.zip", file.content)})
    assert upload.status_code == 200, upload.text
    staged = upload.json()
    assert (staged["users"], staged["sessions"]) == (1, 1)
    assert house.restarts == []
    assert (await owner.post("/api/safety/restore/", json={"id": "other"})).status_code == 404
    assert (await owner.post("/api/safety/restore/", json={"id": staged["id"]})).status_code == 202
    assert house.restarts == [1]
    assert (home_config.home.restore / "ready.json").exists()
    await house.people.close()
    assert put_in_place(home_config.home)
    assert list(home_config.home.root.glob("restore*/**/*.zip")) == []


async def test_a_staged_backup_can_be_left_alone(house: House, home_config: Config) -> None:
    owner = await house.client("minsu")
    name = await made_backup(owner)
    staged = (await owner.post(f"/api/safety/backups/{name}/stage/")).json()
    assert (await owner.get("/api/safety/")).json()["staged"] == staged
    assert (await owner.delete("/api/safety/restore/")).status_code == 204
    assert (await owner.get("/api/safety/")).json()["staged"] is None
    assert not home_config.home.restore_part.exists()
    assert house.restarts == []


async def test_wrong_files_are_refused_and_leave_nothing(house: House, home_config: Config) -> None:
    owner = await house.client("minsu")
    for content in (b"", b"not a zip", b"PK\x03\x04" + b"\0" * 5000):
        answer = await owner.post("/api/safety/restore/upload/", files={"file": ("b.zip", content)})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "backup_refused"
    answer = await owner.post("/api/safety/restore/upload/", content=b"x")
    assert answer.json()["error"]["code"] == "bad_request"
    assert list(home_config.home.root.glob("restore*/**/*")) == []


async def test_others_see_how_old_it_is_and_no_more(house: House) -> None:
    owner, other = await house.client("minsu"), await house.client("지우")
    name = await made_backup(owner)
    told = (await other.get("/api/safety/")).json()
    assert told["backup_age_s"] < 60
    assert (told["owner"], told["backups"], told["staged"]) == (False, [], None)
    for request in (
        other.post("/api/safety/backups/"),
        other.get(f"/api/safety/backups/{name}/download/"),
        other.post(f"/api/safety/backups/{name}/stage/"),
        other.post("/api/safety/restore/upload/", files={"file": ("b.zip", b"x")}),
        other.post("/api/safety/restore/", json={"id": "x"}),
        other.delete("/api/safety/restore/"),
    ):
        assert (await request).status_code == 403
    assert (await owner.get("/api/safety/backups/..%2F..%2Fsecret.key/download/")).status_code == 404
    assert 0 <= await metric(owner, "ondol_backup_age_seconds") < 60


async def test_the_owner_may_be_named_and_the_page_kept_out(home_config: Config) -> None:
    web = msgspec.structs.replace(home_config.web, owner="지우")
    async with served(msgspec.structs.replace(home_config, web=web)) as house:
        first, owner = await house.client("minsu"), await house.client("지우")
        assert not (await first.get("/api/safety/")).json()["owner"]
        assert (await owner.get("/api/safety/")).json()["owner"]
    backup = msgspec.structs.replace(home_config.backup, in_browser=False)
    async with served(msgspec.structs.replace(home_config, backup=backup)) as house:
        first = await house.client("minsu")
        assert not (await first.get("/api/safety/")).json()["owner"]
        assert (await first.post("/api/safety/backups/")).status_code == 403


async def test_a_disk_that_fills_stops_documents_first_and_questions_last(house: House, home_config: Config) -> None:
    owner, disk = await house.client("minsu"), house.keeper.disk
    session = int((await owner.post("/api/sessions/", json={})).json()["id"])
    room = home_config.disk.low_bytes * 2

    async def offered() -> tuple[int, bool]:
        document = await owner.post("/api/rag/documents/", json={"title": f"{room}.md", "content": "x"})
        beat = await house.ingest.post("/ingest/heartbeat/", json={"pid": 1, "state": "idle", "queue": 0})
        return document.status_code, beat.json()["rest"]

    disk._usage = lambda _: (room, 10**12)
    assert disk.look().level == "ok"
    assert await offered() == (201, False)
    room = home_config.disk.low_bytes - 1
    assert disk.look().level == "low"
    assert await offered() == (507, True)
    house.runs.admit()
    room = home_config.disk.full_bytes - 1
    disk.look()
    with pytest.raises(Exception, match="disk is full"):
        house.runs.admit()
    ready = (await owner.get("/readyz")).json()
    assert ready["disk"]["state"] == "full"
    assert "disk" in ready["lacking"]
    assert (await owner.get("/api/safety/")).json()["disk"] == {
        "level": "full",
        "free_bytes": room,
        "total_bytes": 10**12,
    }
    assert await metric(owner, "ondol_disk_free_bytes") == room
    room = home_config.disk.low_bytes * 3
    disk.look()
    assert await offered() == (201, False)
    assert (await owner.get(f"/api/sessions/{session}/")).status_code == 200
