"""When a backup is due, and what becomes of one that is made in a process of its own."""

import asyncio
import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.core.config import BackupConfig
from services.core.errors import Conflict
from services.web.safety.nightly import BackupFailed, Backups, DatabaseFoundDamaged, Made, due_since
from services.web.safety.vault import BackupFolderAway, vault_of
from tests.unit.web.safety.house import fill, furnished, pages_of, spoil_page


@pytest.fixture
def rules(tmp_path: Path) -> BackupConfig:
    return furnished(tmp_path / "rules").backup


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "newest", "hours"),
    [
        (at(22, 4), at(22, 3), None),
        (at(22, 2), at(21, 3), None),
        (at(22, 3), at(21, 3), 0),
        (at(22, 9), at(21, 3), 6),
        (at(22, 2), at(19, 3), 23),
        (at(22, 12), None, 0),
        (at(22, 12), at(22, 11), None),
    ],
)
def test_a_missed_night_is_made_up_for(
    rules: BackupConfig, now: datetime, newest: datetime | None, hours: int | None
) -> None:
    assert due_since(now, newest, rules) == (None if hours is None else timedelta(hours=hours))
    assert due_since(now, newest, msgspec.structs.replace(rules, nightly=False)) is None


async def test_a_backup_is_made_beside_the_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = furnished(tmp_path / "home")
    monkeypatch.setenv("ONDOL_HOME", str(config.home.root))
    told: list[Made] = []
    backups = Backups(vault_of(config), config.backup, lambda: False)
    backups.on_made = told.append
    assert backups.age_s() is None
    backups.begin()
    with pytest.raises(Conflict):
        await backups.make()
    assert backups._making is not None
    made = await backups._making
    assert made.counts["messages"] == 10
    age = backups.age_s()
    assert age is not None
    assert age < 60
    assert told == [made]
    assert (vault_of(config).folder / made.name).stat().st_size == made.size_bytes
    assert not backups.running


async def test_a_failed_one_says_why_and_damage_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = furnished(tmp_path / "home")
    monkeypatch.setenv("ONDOL_HOME", str(config.home.root))
    monkeypatch.setenv("ONDOL_BACKUP__FOLDER", "/proc/nowhere")
    backups = Backups(vault_of(config), config.backup, lambda: False)
    damage: list[int] = []
    backups.on_damage = lambda: damage.append(1)
    with pytest.raises(BackupFailed, match="nowhere"):
        await backups.make()
    assert backups.error is not None
    assert not await backups._is_time()
    monkeypatch.delenv("ONDOL_BACKUP__FOLDER")
    fill(config.home.ondol_db, 200)
    spoil_page(config.home.ondol_db, pages_of(config.home.ondol_db, "messages")[3])
    with pytest.raises(DatabaseFoundDamaged):
        await backups.make()
    assert damage == [1]


async def test_it_waits_for_a_calm_moment_but_not_for_ever(tmp_path: Path) -> None:
    config = furnished(tmp_path / "home")
    busy, now = True, at(22, 4)
    (config.home.backups / "ondol-20261121T030000Z.zip").write_bytes(b"x")
    backups = Backups(vault_of(config), config.backup, lambda: busy, lambda: now)
    assert not await backups._is_time()
    busy = False
    assert await backups._is_time()
    busy, now = True, at(22, 7)
    assert await backups._is_time()


async def test_one_from_the_future_is_no_reason_to_make_none(tmp_path: Path) -> None:
    config = furnished(tmp_path / "home")
    (config.home.backups / "ondol-20991122T030000Z.zip").write_bytes(b"x")
    backups = Backups(vault_of(config), config.backup, lambda: False, lambda: at(22, 4))
    assert backups.age_s() is None
    assert await backups._is_time()
    (config.home.backups / "ondol-20261122T030000Z.zip").write_bytes(b"x")
    assert backups.age_s() == 3600
    assert not await backups._is_time()


async def test_a_chosen_folder_that_is_away_is_told_and_used_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ONDOL_BACKUP__FOLDER", str(disk))
    config = furnished(tmp_path / "home", ONDOL_BACKUP__FOLDER=str(disk))
    backups = Backups(vault_of(config), config.backup, lambda: False)
    failed: list[str] = []
    backups.on_failed = lambda error: failed.append(error.code)
    for _ in range(3):
        await backups.look()
    assert failed == ["backup_folder_away"]
    assert isinstance(backups.trouble(), BackupFolderAway)
    with pytest.raises(BackupFailed, match="plugged in"):
        await backups.make()
    assert not disk.exists()
    disk.mkdir()
    backups._not_before = 0.0
    await backups.look()
    assert backups.trouble() is None
    assert len(list(disk.iterdir())) == 1


async def test_whatever_goes_wrong_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = furnished(tmp_path / "home")
    backups = Backups(vault_of(config), config.backup, lambda: False)
    failed: list[str] = []
    backups.on_failed = lambda error: failed.append(error.message)

    async def no_fork(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    async def nonsense(*_: object, **__: object) -> Made:
        return msgspec.json.decode(b"?", type=Made)

    def broken(_: datetime) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    for target, name, fault in (
        (asyncio, "create_subprocess_exec", no_fork),
        (backups, "_make", nonsense),
        (backups.vault, "newest", broken),
    ):
        backups._not_before = 0.0
        with monkeypatch.context() as patch:
            patch.setattr(target, name, fault)
            await backups.look()
        assert backups.error is not None
        assert not await backups._is_time()
    assert [part in told for part, told in zip(("no more", "JSON", "the disk refused"), failed, strict=True)] == [
        True
    ] * 3
    backups._not_before = 0.0
    assert await backups._is_time()
