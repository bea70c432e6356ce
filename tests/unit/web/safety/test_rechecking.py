"""A backup that rots on its disk: it is found, counts no more, and a new one is made."""

import errno
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.core.config import Config
from services.core.errors import Conflict
from services.web.safety import archive
from services.web.safety.archive import write_backup
from services.web.safety.nightly import Backups
from services.web.safety.rechecking import EVERY, MARK, BackupRotten, Rechecked, is_due, recheck
from services.web.safety.vault import Vault, vault_of
from tests.refusing import FLUSHED, PLACED, REMOVED, failing
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


def damaged(vault: Vault) -> list[str]:
    return sorted(path.name for path in vault.folder.glob("*.damaged.zip"))


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
    assert damaged(vault) == ["ondol-20261102T030000Z.damaged.zip", "ondol-20261103T030000Z.damaged.zip"]
    vault.prune(config.backup, now, OLD)
    assert (names(vault), damaged(vault)) == ([OLD], ["ondol-20261103T030000Z.damaged.zip"])


def test_older_damaged_ones_go_first_for_want_of_room(config: Config) -> None:
    vault = vault_of(config)
    for name in (NEW, OLD):
        vault.put_aside(name)
    older = "ondol-20261101T030000Z.damaged.zip"
    assert vault.make_room(config.backup, datetime.now(UTC), 10**12) == [older]
    assert damaged(vault) == ["ondol-20261102T030000Z.damaged.zip"]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_no_writes_spoils_no_backup(config: Config, number: int) -> None:
    vault = vault_of(config)
    with failing((*FLUSHED, *PLACED, *REMOVED, "mkdir"), number):
        assert recheck(vault) == Rechecked(NEW, [])
    assert (names(vault), damaged(vault)) == ([NEW, OLD], [])


def test_a_copy_that_looks_bad_is_not_the_backup(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "find_faults", lambda _: ["a bad block under the copy"])
    assert recheck(vault_of(config)) == Rechecked(NEW, [])


@pytest.mark.parametrize(("number", "is_rot"), [(errno.EIO, True), (errno.ESTALE, False)])
def test_what_the_disk_does_not_give_is_damaged(
    config: Config, monkeypatch: pytest.MonkeyPatch, number: int, is_rot: bool
) -> None:
    vault, read = vault_of(config), zipfile.ZipExtFile.read

    def worn(self: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        if reads.pop() == 2:
            raise OSError(number, os.strerror(number))
        return read(self, size)

    reads = list(range(100, 0, -1))
    monkeypatch.setattr(zipfile.ZipExtFile, "read", worn)
    if is_rot:
        assert recheck(vault) == Rechecked(OLD, [NEW])
    else:
        with pytest.raises(OSError, match="Stale"):
            recheck(vault)
    assert names(vault) == ([OLD] if is_rot else [NEW, OLD])


def test_a_name_in_it_that_is_no_text_any_more_is_damage(config: Config) -> None:
    vault = vault_of(config)
    data = bytearray(vault.path(NEW).read_bytes())
    data[data.rindex("계약서".encode())] ^= 0xFF
    vault.path(NEW).write_bytes(data)
    assert recheck(vault) == Rechecked(OLD, [NEW])


def test_one_that_cannot_be_put_aside_costs_no_former_one(config: Config) -> None:
    vault = vault_of(config)
    former = vault.folder / "ondol-20261001T030000Z.damaged.zip"
    former.write_bytes(b"what can still be taken out")
    rot(vault.path(NEW))
    with failing(PLACED, errno.EIO), pytest.raises(OSError, match="Input/output"):
        recheck(vault)
    assert (names(vault), damaged(vault)) == ([NEW, OLD], [former.name])


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
