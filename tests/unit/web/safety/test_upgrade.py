"""Databases of every version that was released come to this one, and a migration that fails costs nothing."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from services.core.errors import DiskFull
from services.web.storage import migrate, upgrade
from services.web.storage.database import open_database
from services.web.storage.integrity import count_rows, find_faults, schema_version
from services.web.storage.migrate import NewerDatabase, migrations
from services.web.storage.runs import select_unfinished_runs
from services.web.storage.upgrade import UpgradeFailed
from tests.unit.web.safety.house import SCHEMAS, contents, load_dump


def test_there_is_a_dump_of_every_released_version() -> None:
    assert list(range(1, len(SCHEMAS) + 1)) == SCHEMAS
    assert len(SCHEMAS) >= 4


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_an_old_database_comes_to_this_version(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "ondol.db"
    load_dump(path, schema)
    said, rows = contents(path), count_rows(path)
    done = upgrade.upgrade(path, "ondol")
    if schema < len(migrations("ondol")):
        assert done is not None
        assert schema_version(done.kept) == schema
        assert contents(done.kept) == said
    assert schema_version(path) == len(migrations("ondol"))
    assert find_faults(path, thorough=True) == []
    assert contents(path) == said
    after = count_rows(path)
    assert {table: after[table] for table in rows} == rows
    assert {file.name for file in tmp_path.iterdir()} <= {"ondol.db", f"ondol.db.v{schema}"}
    db = await open_database(path, schema="ondol", synchronous="FULL")
    try:
        assert [run.id for run in await select_unfinished_runs(db)] == ["r5"]
        full = await db._writer.execute_fetchall("PRAGMA synchronous")
        assert [row[0] for row in full] == [2]
    finally:
        await db.close()


def test_a_current_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ondol.db"
    assert upgrade.upgrade(path, "ondol") is None
    load_dump(path, 1)
    upgrade.upgrade(path, "ondol")
    before = path.read_bytes()
    assert upgrade.upgrade(path, "ondol") is None
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("CREATE TABLE half (a); SELECT nonsense();", "nonsense"),
        ("DELETE FROM prompt_templates;", "prompt_templates"),
        ("CREATE TABLE c (a REFERENCES users(id)); INSERT INTO c VALUES (99);", "FOREIGN"),
    ],
)
def test_a_migration_that_goes_wrong_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    path, bad = tmp_path / "ondol.db", tmp_path / "steps" / "9999_bad.sql"
    bad.parent.mkdir()
    bad.write_text(script)
    load_dump(path, 4)
    said, steps = contents(path), migrations("ondol")
    longer = [*steps, (len(steps) + 1, bad)]
    monkeypatch.setattr(upgrade, "migrations", lambda _: longer)
    monkeypatch.setattr(migrate, "migrations", lambda _: longer)
    with pytest.raises(UpgradeFailed, match="as it was") as caught:
        upgrade.upgrade(path, "ondol")
    assert reason in str(caught.value.params["reason"])
    assert schema_version(path) == 4
    assert contents(path) == said
    assert not (tmp_path / "ondol.db.new").exists()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ondol.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerDatabase):
        upgrade.upgrade(path, "ondol")
    assert path.read_bytes() == before


def test_without_room_for_the_copy_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ondol.db"
    load_dump(path, 1)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(DiskFull) as caught:
        upgrade.upgrade(path, "ondol")
    assert caught.value.params["free"] == 1000
    assert schema_version(path) == 1
