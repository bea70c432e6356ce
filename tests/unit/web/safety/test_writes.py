"""What the disk refuses is told while it does, and for a while after."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.core.errors import DiskError
from services.web.safety.writes import SHAKY_S, Writes, WriteWatch
from services.web.storage.database import Database, open_database
from services.web.storage.users import upsert_user
from tests.refusing import no_growth


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Database]:
    db = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
    yield db
    await db.close()


class Watched:
    def __init__(self, db: Database) -> None:
        self.now = 1000.0
        self.told: list[str] = []
        self.watch = WriteWatch(lambda: self.now)
        self.watch.watch(db)
        self.watch.on_refused = self.told.append
        self.watch.on_calm = lambda: self.told.append("calm")

    @property
    def state(self) -> str:
        return self.watch.state.state


async def test_it_is_told_once_and_ends_with_a_write_and_some_patience(people: Database) -> None:
    watched = Watched(people)
    with no_growth():
        for _ in range(2):
            with pytest.raises(DiskError):
                await upsert_user(people, "minsu")
        await watched.watch.look()
        assert (watched.state, watched.told) == ("refused", ["ondol.db"])
        assert watched.watch.state.at is not None
    async with people.write() as tx:
        await tx.one("SELECT 1")
    assert watched.state == "refused", "a transaction that writes nothing shows nothing"
    await watched.watch.look()
    assert watched.state == "shaky"
    with no_growth(), pytest.raises(DiskError):
        await upsert_user(people, "minsu")
    assert watched.state == "refused"
    await upsert_user(people, "minsu")
    assert (watched.state, watched.told) == ("shaky", ["ondol.db"])
    watched.now += SHAKY_S
    await watched.watch.look()
    assert watched.watch.state == Writes("ok")
    assert watched.told == ["ondol.db", "calm"]


async def test_looking_writes_nothing_while_all_is_well(people: Database, tmp_path: Path) -> None:
    watched = Watched(people)
    before = (tmp_path / "ondol.db-wal").stat().st_size
    await watched.watch.look()
    assert (tmp_path / "ondol.db-wal").stat().st_size == before
    assert watched.state == "ok"
