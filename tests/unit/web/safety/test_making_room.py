"""A backup on a disk with little room: chats keep theirs, and old backups go for the new one, by the rules alone."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.core.config import Config
from services.core.errors import DiskFull
from services.web.safety import __main__ as program
from services.web.safety.vault import Vault, vault_of
from tests.unit.web.safety.house import furnished

LOW_BYTES = 5_000_000
OLD_BYTES = 2_000_000


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = furnished(
        tmp_path / "home",
        ONDOL_DISK__LOW_BYTES=str(LOW_BYTES),
        ONDOL_BACKUP__KEEP_DAILY="3",
        ONDOL_BACKUP__KEEP_WEEKLY="1",
    )
    now = datetime.now(UTC)
    for days in range(1, 4):
        Vault(config.home.backups).new_path(now - timedelta(days=days)).write_bytes(b"x" * OLD_BYTES)
    return config


@pytest.fixture
def free(config: Config, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let so many bytes be free now; what is deleted or written in the folder of backups counts."""
    usage = shutil.disk_usage(config.home.root)

    def taken() -> int:
        return sum(path.stat().st_size for path in config.home.backups.glob("*.zip"))

    def let(room: int) -> None:
        whole = room + taken()
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=whole - taken()))

    return let


def names(config: Config) -> list[str]:
    return [backup.name for backup in vault_of(config).backups()]


def test_what_chats_need_stays_free(config: Config, free: Callable[[int], None]) -> None:
    before = names(config)
    free(LOW_BYTES)
    program._backup(config, config.home.root / "mine.zip", for_web=False)
    free(LOW_BYTES - 2 * OLD_BYTES)
    with pytest.raises(DiskFull, match="free some space"):
        program._backup(config, None, for_web=False)
    assert names(config) == before[:-1]
    with pytest.raises(DiskFull):
        program._backup(config, None, for_web=False)
    assert names(config) == before[:-1]


def test_the_oldest_goes_for_the_new_one(config: Config, free: Callable[[int], None]) -> None:
    before = names(config)
    free(LOW_BYTES + 10_000)
    program._backup(config, None, for_web=False)
    assert names(config)[1:] == before[:-1]


def test_with_room_none_goes_before_the_new_one_is_there(config: Config, free: Callable[[int], None]) -> None:
    before = names(config)
    free(LOW_BYTES * 3)
    program._backup(config, None, for_web=False)
    assert names(config)[1:] == before[:-1]  # three days are kept


def test_the_only_good_one_never_goes(config: Config) -> None:
    vault, now = vault_of(config), datetime.now(UTC)
    for name in names(config)[1:]:
        vault.path(name).unlink()
    assert vault.make_room(config.backup, now, 10**12) == []
    later = now - timedelta(days=90)
    assert vault.make_room(config.backup, later, 10**12) == []
