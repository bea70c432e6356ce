"""A backup that rots on its disk: it is found, counts no more, and a new one is made."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.core.config import Config
from services.core.errors import Conflict
from services.web.safety.archive import write_backup
from services.web.safety.nightly import Backups
from services.web.safety.rechecking import EVERY, MARK, BackupRotten, is_due
from services.web.safety.vault import Vault, vault_of
from tests.unit.web.safety.house import furnished

OLD, NEW = "ondol-20261101T030000Z.zip", "ondol-20261102T030000Z.zip"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    config = furnished(tmp_path / "home", ONDOL_BACKUP__NIGHTLY="false")
    monkeypatch.setenv("ONDOL_HOME", str(config.home.root))
    for name in (OLD, NEW):
        write_backup(config.home, config.home.backups / name, documents=True)
    return config


def rot(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def names(vault: Vault) -> list[str]:
    return [backup.name for backup in vault.backups()]


def test_it_is_due_once_a_month_whatever_the_clock_says(config: Config) -> None:
    vault, now = vault_of(config), datetime.now(UTC)
    assert not is_due(vault, now + EVERY * 2)
    assert not is_due(vault, now + EVERY - timedelta(days=1))
    assert is_due(vault, now + EVERY * 2)
    assert not is_due(vault, now - EVERY)  # a mark of the future is made anew
    for name in names(vault):
        vault.path(name).unlink()
    assert not is_due(vault, now + EVERY * 4)


async def test_a_damaged_one_is_told_and_the_next_older_counts(config: Config) -> None:
    vault, now, busy = vault_of(config), datetime.now(UTC), True
    backups = Backups(vault, config.backup, lambda: busy, lambda: now + EVERY * 2)
    rotten: list[str] = []
    backups.on_rotten = rotten.append
    (vault.folder / MARK).touch()
    for name in (NEW, "ondol-20261103T030000Z.zip"):
        if name != NEW:
            write_backup(config.home, vault.folder / name, documents=True)
        rot(vault.folder / name)
    await backups.look()
    assert rotten == []
    busy = False
    await backups.look()
    assert rotten == ["ondol-20261103T030000Z.zip", NEW]
    assert names(vault) == [OLD]
    assert isinstance(backups.error, BackupRotten)
    assert sorted(path.name for path in vault.folder.glob("*.damaged.zip")) == ["ondol-20261102T030000Z.damaged.zip"]


async def test_good_ones_stay_and_the_month_begins_anew(config: Config) -> None:
    vault, now = vault_of(config), datetime.now(UTC)
    backups = Backups(vault, config.backup, lambda: False, lambda: now + EVERY * 2)
    backups._rechecking = True
    with pytest.raises(Conflict):
        backups.begin()
    backups._rechecking = False
    (vault.folder / MARK).touch()
    before = (vault.folder / MARK).stat().st_mtime_ns
    await backups.look()
    assert (names(vault), backups.error) == ([NEW, OLD], None)
    assert (vault.folder / MARK).stat().st_mtime_ns > before
