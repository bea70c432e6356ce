"""A database that a disk has spoiled: repaired, restored, salvaged or begun anew, and never in silence."""

import asyncio
import errno
import io
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from services.core.errors import DatabaseDamaged, DiskError
from services.web.safety.archive import write_backup
from services.web.safety.damage import LEAST_PAUSE_S, damage_handler
from services.web.safety.notices import Notice, Notices
from services.web.safety.rescue import Marks, prepare_library, prepare_people
from services.web.safety.vault import Vault
from services.web.storage.database import open_database
from services.web.storage.integrity import opened
from services.web.storage.upgrade import upgrade
from tests.refusing import no_growth
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


def test_rows_that_cannot_be_read_come_from_the_last_good_backup(box: Box) -> None:
    box.back_up()
    newer = box.vault.folder / "ondol-20990101T000000Z.zip"
    newer.write_bytes(b"PK\x03\x04 cut short")
    with opened(box.path) as connection:
        connection.execute("DELETE FROM messages WHERE content LIKE 'filler 3 %'")
    fill(box.path, 3)
    said = contents(box.path)
    box.spoil("messages")
    (notice,) = box.start()
    assert notice.kind == "database_merged"
    assert datetime.fromisoformat(str(notice.params["backup_at"])) <= datetime.now(UTC)
    assert contents(box.path) == said, "what was said since is there, and what was deleted since is not"
    assert healthy(box.path)


def test_a_spoiled_list_of_chats_does_not_take_their_messages_along(box: Box) -> None:
    box.back_up()
    fill(box.path, 3)
    said = contents(box.path)
    spoil_page(box.path, pages_of(box.path, "chat_sessions")[-1])
    (notice,) = box.start()
    assert notice.kind == "database_merged"
    assert contents(box.path) == said
    assert healthy(box.path)


def test_a_file_without_a_header_is_restored_from_the_last_good_backup(box: Box) -> None:
    box.back_up()
    spoil_page(box.path, 1)
    (notice,) = box.start()
    assert notice.kind == "database_restored"
    assert contents(box.path) == box.said


def test_a_row_that_breaks_the_rules_is_not_dropped_in_silence(box: Box) -> None:
    box.back_up()
    with opened(box.path) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("UPDATE messages SET role = 'usex' WHERE content LIKE 'filler 7 %'")
    spoil_page(box.path, pages_of(box.path, "messages_by_session")[-1])
    (notice,) = box.start()
    assert notice.kind == "database_merged"
    assert sorted(contents(box.path)) == sorted(box.said)


def test_a_row_that_points_at_nothing_costs_itself_alone(box: Box) -> None:
    box.back_up()
    with opened(box.path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            "INSERT INTO pins (message_id, user_id, question, targets, created_at) VALUES (99999, 1, '', '[]', '')"
        )
    fill(box.path, 1)
    said = contents(box.path)
    (notice,) = box.start()
    assert notice.kind == "database_repaired"
    assert contents(box.path) == said


def test_a_lost_message_does_not_take_the_rest_of_its_chat_along(box: Box) -> None:
    with opened(box.path) as connection:
        if "parent_id" in {row[1] for row in connection.execute("PRAGMA table_info(messages)")}:
            first = connection.execute("SELECT min(id) FROM messages WHERE content LIKE 'filler %'").fetchone()[0]
            connection.execute("UPDATE messages SET parent_id = id - 1 WHERE id > ?", (first,))
    box.spoil("messages")
    (notice,) = box.start()
    assert notice.kind == "database_salvaged"
    assert len(contents(box.path)) > len(box.said) - 20


def test_without_room_nothing_is_given_up(box: Box) -> None:
    box.back_up()
    box.spoil("messages_by_session")
    before = box.path.read_bytes()
    with no_growth(1 << 17), pytest.raises((sqlite3.OperationalError, OSError)):
        box.start()
    assert box.path.read_bytes() == before
    (notice,) = box.start()
    assert notice.kind == "database_repaired"


def test_a_backup_disk_that_is_away_is_waited_for(box: Box) -> None:
    box.back_up()
    away = Vault(box.home.root / "usb")
    spoil_page(box.path, 1)
    with pytest.raises(DiskError):
        prepare_people(box.home, away)
    assert box.path.exists()
    (notice,) = box.start()
    assert notice.kind == "database_restored"


def test_without_a_backup_what_can_be_read_is_kept(box: Box) -> None:
    box.spoil("messages")
    (notice,) = box.start()
    assert notice.kind == "database_salvaged"
    kept = contents(box.path)
    assert len(box.said) - 20 < len(kept) < len(box.said)
    assert notice.params["messages"] == len(kept)
    assert set(kept) < set(box.said)
    assert healthy(box.path)


def test_what_was_deleted_since_the_backup_stays_deleted_also_when_the_end_is_lost(box: Box) -> None:
    box.back_up()
    with opened(box.path) as connection:
        connection.execute("DELETE FROM messages WHERE content LIKE 'filler 3 %'")
    said = contents(box.path)
    spoil_page(box.path, pages_of(box.path, "messages")[-2])  # the last leaf, before the root
    (notice,) = box.start()
    assert notice.kind == "database_merged"
    assert contents(box.path) == said


def test_holes_wait_for_a_backup_disk_that_comes_up_late(box: Box) -> None:
    box.back_up()
    usb = box.home.root / "usb"
    box.spoil("messages")
    with pytest.raises(DiskError):
        prepare_people(box.home, Vault(usb, chosen=True))
    box.vault.folder.rename(usb)
    prepare_people(box.home, Vault(usb, chosen=True))
    assert [one.kind for one in Notices(box.home).all()] == ["database_merged"]
    assert contents(box.path) == box.said


def test_a_first_block_that_the_card_does_not_give_is_no_reason_to_stay_shut(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.back_up()
    spoil_page(box.path, 1)
    real = Path.open

    class Worn(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    def worn(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        return Worn() if (path, mode) == (box.path, "r+b") else real(path, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", worn)
    (notice,) = box.start()
    assert notice.kind == "database_restored"
    assert contents(box.path) == box.said


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


async def test_a_disk_that_takes_no_mark_ends_nothing(box: Box) -> None:
    db = await open_database(box.path, schema="ondol", synchronous="FULL")
    box.spoil("messages")
    stop = asyncio.Event()
    db.on_damage = damage_handler(box.path, stop)
    with mock.patch.object(Path, "touch", side_effect=OSError(errno.EIO, "broken")), pytest.raises(DiskError):
        await db.all("SELECT content FROM messages")
    assert not stop.is_set()
    with pytest.raises(DatabaseDamaged):
        await db.all("SELECT content FROM messages")
    assert stop.is_set()
    await db.close()


def test_a_spoiled_library_is_begun_anew(box: Box) -> None:
    box.home.library_db.write_bytes(b"junk" * 1000)
    prepare_library(box.home)
    assert box.home.library_db.exists()
    Marks(box.home.library_db).damaged()
    prepare_library(box.home)
    assert not box.home.library_db.exists()
    assert [notice.kind for notice in Notices(box.home).all()] == ["library_rebuilt"]
