"""Every way in which files are written, on a disk that is full or broken: the old ones stay, nothing half-made does."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from services.core.config import Config
from services.core.durable import write_durably
from services.core.errors import DiskError, DiskFull
from services.web.errors import typed
from services.web.library.files import write_new, write_whole
from services.web.safety.archive import write_backup
from services.web.safety.notices import Notices
from services.web.safety.restoring import stage
from services.web.storage import upgrade
from services.web.storage.copying import copy_database
from services.web.storage.integrity import schema_version
from tests.unit.web.safety.house import furnished, load_dump

Refuse = Callable[[], None]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = furnished(tmp_path / "home")
    write_backup(config.home, tmp_path / "good.zip", documents=True)
    return config


@pytest.fixture(params=[errno.ENOSPC, errno.EIO])
def refuse(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """From the call on no byte becomes durable."""

    def fail(_descriptor: int) -> None:
        raise OSError(request.param, os.strerror(request.param))

    return lambda: monkeypatch.setattr(os, "fsync", fail)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_small_files_and_uploads_stay_as_they_were(config: Config, tmp_path: Path, refuse: Refuse) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "state.json").write_bytes(b"old")
    refuse()
    for write in (
        lambda: write_durably(folder / "state.json", b"new"),
        lambda: write_whole(folder / "state.json", "new"),
        lambda: write_new(folder, "upload.md", "new"),
    ):
        with pytest.raises(OSError) as caught:
            write()
        assert isinstance(typed(caught.value), DiskFull | DiskError)
    assert files(folder) == {"state.json": b"old"}
    Notices(config.home).add("library_rebuilt")
    assert Notices(config.home).all() == []


def test_backups_and_restores_leave_nothing(config: Config, tmp_path: Path, refuse: Refuse) -> None:
    before = files(config.home.root)
    refuse()
    for write in (
        lambda: write_backup(config.home, tmp_path / "new" / "b.zip", documents=True),
        lambda: stage(tmp_path / "good.zip", tmp_path / "staged"),
        lambda: copy_database(config.home.ondol_db, tmp_path / "new" / "copy.db"),
    ):
        with pytest.raises((OSError, sqlite3.Error)):
            write()
    assert files(tmp_path / "new") == {}
    assert not (tmp_path / "staged").exists()
    after = files(config.home.root)
    assert {name: after[name] for name in before if "db/" not in name} == {
        name: data for name, data in before.items() if "db/" not in name
    }


def test_an_update_leaves_the_old_database(tmp_path: Path, refuse: Refuse) -> None:
    path = tmp_path / "ondol.db"
    load_dump(path, 1)
    refuse()
    with pytest.raises((DiskFull, DiskError), match=r"as it was|nothing was half done"):
        upgrade.upgrade(path, "ondol")
    assert schema_version(path) == 1
    assert not (tmp_path / "ondol.db.new").exists()
