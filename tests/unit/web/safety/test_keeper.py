"""A restore is unpacked, agreed to or left alone by one at a time, also when the browser that asked is gone."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.core.config import Config
from services.core.errors import Conflict, NotFound
from services.web.safety import keeper as keeping
from services.web.safety.archive import write_backup
from services.web.safety.keeper import Keeper
from services.web.safety.manifest import Manifest
from services.web.safety.restoring import READY, stage
from services.web.storage.database import open_database
from tests.unit.web.safety.house import furnished


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return furnished(tmp_path / "home")


@pytest.fixture
async def keeper(config: Config) -> AsyncIterator[Keeper]:
    people = await open_database(config.home.ondol_db, schema="ondol", synchronous="FULL")
    write_backup(config.home, config.home.root / "b.zip", documents=True)
    yield Keeper(config, people, lambda: False, lambda: None)
    await people.close()


class Slow:
    """`stage` that has begun and waits before it goes on."""

    def __init__(self) -> None:
        self.begun, self.on = threading.Event(), threading.Event()

    def __call__(self, backup: Path, folder: Path) -> Manifest:
        self.begun.set()
        assert self.on.wait(30)
        return stage(backup, folder)


async def test_a_second_one_is_refused_until_the_first_has_ended_though_its_asker_left(
    config: Config, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(keeping, "stage", slow)
    backup = config.home.root / "b.zip"
    asker = asyncio.create_task(keeper.stage(backup))
    assert await asyncio.to_thread(slow.begun.wait, 30)
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    for other in (keeper.stage(backup), keeper.discard(), keeper.restore("x")):
        with pytest.raises(Conflict):
            await other
    slow.on.set()
    assert keeper._working is not None
    await keeper._working
    assert keeper.staged is not None
    with pytest.raises(NotFound):
        await keeper.restore("x")
    await keeper.restore(keeper.staged.id)
    assert (config.home.restore / READY).exists()


async def test_after_one_that_failed_the_next_is_free(config: Config, keeper: Keeper) -> None:
    with pytest.raises(OSError, match="missing"):
        await keeper.stage(config.home.root / "missing.zip")
    staged = await keeper.stage(config.home.root / "b.zip")
    assert keeper.staged == staged
    await keeper.discard()
    assert not config.home.restore_part.exists()
