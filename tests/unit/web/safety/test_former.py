"""Former databases: how long they stay, and when they go."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from services.core.config import Config
from services.web.safety.former import forget_all, forget_old, former_states
from services.web.safety.vault import Vault
from tests.unit.web.safety.house import contents, furnished

NAMES = ("ondol.db.v3", "ondol.db.v3.words", "damaged/20261101T000000Z", "../before-restore/20261101T000000Z")


@pytest.fixture
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = furnished(tmp_path_factory.mktemp("home"))
    for name in NAMES:
        path = config.home.db / name
        if path.name.startswith("2026"):
            path.mkdir(parents=True)
            path = path / "ondol.db"
        path.write_bytes(b"said long ago")
    return config


def backed_up(config: Config, at: datetime) -> Vault:
    vault = Vault(config.home.backups)
    vault.new_path(at).write_bytes(b"x")
    return vault


def test_they_go_after_two_weeks_and_only_for_a_newer_backup(config: Config) -> None:
    home, made = config.home, datetime.now(UTC)
    said = contents(home.ondol_db)
    vault = backed_up(config, made - timedelta(days=1))
    assert forget_old(home, vault, made + timedelta(days=30)) == []
    vault = backed_up(config, made + timedelta(days=2))
    assert forget_old(home, vault, made + timedelta(days=13)) == []
    assert len(forget_old(home, vault, made + timedelta(days=14, seconds=60))) == len(NAMES)
    assert former_states(home) == []
    assert contents(home.ondol_db) == said


def test_a_clock_that_was_wrong_deletes_nothing_early_and_keeps_nothing_for_ever(config: Config) -> None:
    past = datetime.now(UTC) - timedelta(days=400)
    vault = backed_up(config, past - timedelta(days=20))
    for path in former_states(config.home):
        os.utime(path, (1, 1))
    assert forget_old(config.home, vault, past) == []
    assert [path.stat().st_mtime for path in former_states(config.home) if path.stat().st_mtime == 1] == []  # touched


def test_all_go_at_once(config: Config) -> None:
    assert len(forget_all(config.home)) == len(NAMES)
    assert former_states(config.home) == []
    assert config.home.ondol_db.exists()
