"""A database that a disk has spoiled: repaired, restored, salvaged or begun anew, and never in silence."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.core.errors import DatabaseDamaged
from services.web.safety.archive import write_backup
from services.web.safety.damage import LEAST_PAUSE_S, damage_handler
from services.web.safety.notices import Notice, Notices
from services.web.safety.rescue import Marks, prepare_library, prepare_people
from services.web.safety.vault import Vault
from services.web.storage.database import open_database
from services.web.storage.upgrade import upgrade
from tests.unit.web.safety.house import contents, fill, furnished, healthy, pages_of, spoil_page


class Box:
    def __init__(self, root: Path, *, current: bool) -> None:
        self.config = furnished(root)
        self.home = self.config.home
        self.path = self.home.ondol_db
        self.vault = Vault(self.home.backups)
        if current:
            upgrade(self.path, "ondol")
        fill(self.path, 200)
        self.said = contents(self.path)

    def back_up(self) -> None:
        write_backup(self.home, self.vault.new_path(datetime.now(UTC)), documents=True)

    def start(self) -> list[Notice]:
        prepare_people(self.home, self.vault)
        return Notices(self.home).all()

    def spoil(self, table: str) -> None:
        pages = pages_of(self.path, table)
        spoil_page(self.path, pages[len(pages) // 2])


@pytest.fixture(params=[False, True], ids=["older", "current"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Box:
    return Box(tmp_path / "home", current=request.param)


def test_a_sound_database_is_not_touched(box: Box) -> None:
    assert box.start() == []
    assert contents(box.path) == box.said


def test_a_spoiled_index_costs_nothing(box: Box) -> None:
    box.back_up()
    box.spoil("messages_by_session")
    (notice,) = box.start()
    assert notice.kind == "database_repaired"
    assert contents(box.path) == box.said
    assert healthy(box.path)
    assert (box.home.root / str(notice.params["aside"]) / "ondol.db").exists()


def test_a_spoiled_table_is_restored_from_the_last_good_backup(box: Box) -> None:
    box.back_up()
    newer = box.vault.folder / "ondol-20990101T000000Z.zip"
    newer.write_bytes(b"PK\x03\x04 cut short")
    box.spoil("messages")
    (notice,) = box.start()
    assert notice.kind == "database_restored"
    assert datetime.fromisoformat(str(notice.params["backup_at"])) <= datetime.now(UTC)
    assert contents(box.path) == box.said
    assert healthy(box.path)


def test_without_a_backup_what_can_be_read_is_kept(box: Box) -> None:
    box.spoil("messages")
    (notice,) = box.start()
    assert notice.kind == "database_salvaged"
    kept = contents(box.path)
    assert len(box.said) - 20 < len(kept) < len(box.said)
    assert notice.params["messages"] == len(kept)
    assert set(kept) < set(box.said)
    assert healthy(box.path)


def test_when_nothing_can_be_read_the_house_begins_anew(box: Box) -> None:
    spoil_page(box.path, 1)
    (notice,) = box.start()
    assert notice.kind == "database_lost"
    assert not box.path.exists()
    assert (box.home.root / str(notice.params["aside"]) / "ondol.db").exists()
    assert len(box.start()) == 1


def test_a_truncated_file_is_damage(box: Box) -> None:
    os.truncate(box.path, box.path.stat().st_size // 2)
    (notice,) = box.start()
    assert notice.kind == "database_salvaged"
    assert 0 < len(contents(box.path)) < len(box.said)
    assert healthy(box.path)


def test_a_rescue_cut_off_in_the_middle_is_finished(box: Box) -> None:
    box.path.replace(box.home.db / "ondol.db.rescued")
    (box.home.db / "ondol.db-wal").write_bytes(b"left over")
    box.start()
    assert contents(box.path) == box.said
    assert (box.home.damaged / "left" / "ondol.db-wal").exists()


async def test_damage_met_by_a_query_is_told_marked_and_ends_the_process_once(box: Box) -> None:
    db = await open_database(box.path, schema="ondol", synchronous="FULL")
    box.spoil("messages")
    stop = asyncio.Event()
    db.on_damage = damage_handler(box.path, stop)
    with pytest.raises(DatabaseDamaged):
        await db.all("SELECT content FROM messages")
    await db.close()
    assert stop.is_set()
    assert Marks(box.path).suspect
    assert box.start()[0].kind == "database_salvaged"
    again = asyncio.Event()
    now = Marks(box.path).looked_at
    damage_handler(box.path, again, lambda: now + 5)()
    assert not again.is_set()
    damage_handler(box.path, again, lambda: now + LEAST_PAUSE_S)()
    assert again.is_set()


def test_a_spoiled_library_is_begun_anew(box: Box) -> None:
    box.home.library_db.write_bytes(b"junk" * 1000)
    prepare_library(box.home)
    assert box.home.library_db.exists()
    Marks(box.home.library_db).damaged()
    prepare_library(box.home)
    assert not box.home.library_db.exists()
    assert [notice.kind for notice in Notices(box.home).all()] == ["library_rebuilt"]
