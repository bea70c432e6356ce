"""When a backup is due, and what becomes of one that is made in a process of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.core.config import BackupConfig
from services.core.errors import Conflict
from services.web.safety.nightly import BackupFailed, Backups, DatabaseFoundDamaged, Made, due_since
from services.web.safety.vault import vault_of
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
