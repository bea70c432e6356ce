"""What makes web wait, and for how long."""

import asyncio
import errno
import os
import shutil
from pathlib import Path

import httpx
import pytest

from services.core.config import Config, load_config
from services.core.errors import BadRequest, ConfigError, DiskError, DiskFull, OndolError
from services.core.paths import Home
from services.web import __main__ as web
from services.web.__main__ import open_data
from services.web.serving import listen
from services.web.storage.integrity import schema_version
from services.web.storage.migrate import NewerDatabase, migrations
from services.web.storage.upgrade import UpgradeFailed, rehearsal_of
from services.web.waitingroom import stay as staying
from services.web.waitingroom.obstacle import LEAST_MORE_BYTES, obstacle_of, room_wanted
from services.web.waitingroom.words import REASONS, plain, words_for
from tests.appliance import eventually, free_port
from tests.refusing import no_growth
from tests.unit.web.safety.house import load_dump

OBSTACLES = (UpgradeFailed("no"), NewerDatabase("no"), DiskFull("no"), DiskError("no"))


def test_only_what_another_start_would_not_mend_is_waited_for() -> None:
    assert [obstacle_of(error) for error in OBSTACLES] == list(OBSTACLES)
    for full in (errno.ENOSPC, errno.EDQUOT):
        assert isinstance(obstacle_of(OSError(full, "full")), DiskFull)
    assert isinstance(obstacle_of(OSError(errno.EROFS, "read-only")), DiskError)
    assert obstacle_of(OSError(errno.EACCES, "no")) is None
    assert obstacle_of(BadRequest("no")) is None


def test_every_obstacle_has_words_in_both_languages() -> None:
    codes = {obstacle.code for obstacle in OBSTACLES} | {ConfigError.code}
    assert {language: set(reasons) for language, reasons in REASONS.items()} == {"ko": codes, "en": codes}
    assert plain(words_for(OBSTACLES[2], "en"), OBSTACLES[2]).splitlines()[1].startswith("  - Delete something")


def test_another_try_needs_the_room_that_was_asked_for_or_clearly_more() -> None:
    assert room_wanted(UpgradeFailed("no"), 0) is None
    assert room_wanted(DiskFull("no", needed=100_000_000), 5) == 100_000_000
    assert room_wanted(DiskFull("no", needed=100_000_000), 200_000_000) == 225_000_000
    assert room_wanted(DiskFull("no"), 1000) == 1000 + LEAST_MORE_BYTES


@pytest.mark.parametrize(
    ("obstacle", "look_s", "ending"),
    [
        (DiskFull("no", needed=500), 0.01, "again"),
        (UpgradeFailed("no"), 0.01, "stopped"),
    ],
)
async def test_it_ends_with_room_again_or_when_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obstacle: OndolError, look_s: float, ending: str
) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path), "ONDOL_HOST": "127.0.0.1", "ONDOL_PORT": str(free_port())})
    config.home.create()
    free = [100]
    monkeypatch.setattr(staying, "free_bytes", lambda _: free[0])
    stop = asyncio.Event()
    listener = listen(config.web.host, config.web.port)
    task = asyncio.create_task(staying.serve_room(config, listener, obstacle, stop, look_s))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{config.web.port}") as client:
        await eventually(config.home.web_sock.exists)
        assert (await client.get("/api/sessions/")).json()["error"]["code"] == obstacle.code
        assert not task.done()
        free[0] = 500
        if ending == "stopped":
            stop.set()
        assert await asyncio.wait_for(task, 10) == ending
    os.close(listener)
    assert not config.home.web_sock.exists()


def test_the_same_data_open_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path)})
    config.home.create()
    load_dump(config.home.ondol_db, 4)
    left = rehearsal_of(config.home.ondol_db)
    left.touch()
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
        obstacle = open_data(config)
        assert isinstance(obstacle, DiskFull)
        assert room_wanted(obstacle, 1000) == obstacle.params["needed"]
    assert open_data(config) is None
    assert not left.exists()
    assert schema_version(config.home.ondol_db) == len(migrations("ondol"))


def test_what_the_model_keeps_goes_before_a_house_stays_shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path)})
    config.home.create()
    load_dump(config.home.ondol_db, 4)
    kept = config.home.kv / "ab.kv"
    kept.write_bytes(b"x" * 1000)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=0 if kept.exists() else usage.free))
    assert open_data(config) is None
    assert not kept.exists()


def test_a_disk_that_takes_no_byte_is_waited_for(tmp_path: Path) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path)})
    config.home.create()
    load_dump(config.home.ondol_db, 4)
    assert open_data(config) is None
    with no_growth():
        obstacle = open_data(config)
    assert isinstance(obstacle, DiskError)
    assert obstacle.params == {"file": "ondol.db"}
    assert open_data(config) is None


async def test_a_disk_that_refused_is_tried_again(tmp_path: Path) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path), "ONDOL_HOST": "127.0.0.1", "ONDOL_PORT": str(free_port())})
    config.home.create()
    listener = listen(config.web.host, config.web.port)
    room = staying.serve_room(config, listener, DiskError("no"), asyncio.Event(), 0.01)
    assert await asyncio.wait_for(room, 10) == "again"
    os.close(listener)


def test_a_new_house_needs_room_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path)})
    config.home.create()
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
        obstacle = open_data(config)
    assert isinstance(obstacle, DiskFull)
    assert open_data(config) is None
    assert not config.home.ondol_db.exists(), "whoever opens it makes it"


def test_a_restore_that_a_full_disk_cut_off_is_waited_for_and_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config({"ONDOL_HOME": str(tmp_path), "ONDOL_HOST": "127.0.0.1", "ONDOL_PORT": str(free_port())})
    refusals: list[OSError] = [OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "broken")]
    told: list[str] = []
    endings = ["again", "again", "stopped"]

    def restore(_home: Home) -> bool:
        if refusals:
            raise refusals.pop(0)
        return False

    def wait(_config: Config, _listener: int, obstacle: OndolError) -> str:
        told.append(obstacle.code)
        return endings.pop(0)

    monkeypatch.setattr(web, "put_in_place", restore)
    monkeypatch.setattr(web, "stay", wait)
    assert web._finish_restore(config) is config
    assert told == ["disk_full", "disk_error"]
    refusals.append(OSError(errno.EROFS, "read-only"))
    assert web._finish_restore(config) is None
    refusals.append(OSError(errno.EACCES, "not ours"))
    with pytest.raises(OSError, match="not ours"):
        web._finish_restore(config)
