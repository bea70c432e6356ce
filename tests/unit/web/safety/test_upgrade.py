"""Databases of every version that was released come to this one, and a migration that fails costs nothing."""

import errno
import shutil
import sqlite3
from pathlib import Path

import pytest

from services.core.errors import Conflict, DiskError, DiskFull
from services.web.storage import keeping, migrate, upgrade
from services.web.storage.database import open_database
from services.web.storage.integrity import count_rows, find_faults, opened, schema_version
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
    kept = f"ondol.db.v{schema}"
    assert {file.name for file in tmp_path.iterdir()} <= {"ondol.db", kept, f"{kept}.words"}
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


def test_a_rehearsal_says_what_would_be_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "ondol.db"
    assert upgrade.rehearse(path, "ondol")[0] == 0
    load_dump(path, 4)
    with opened(path) as living:  # as web has it open: in WAL mode, in the middle of something
        living.execute("BEGIN IMMEDIATE")
        said, files = contents(path), {file.name for file in tmp_path.iterdir()}
        assert upgrade.rehearse(path, "ondol") == (4, len(migrations("ondol")))
        assert {file.name for file in tmp_path.iterdir()} == files
        living.execute("ROLLBACK")
    assert schema_version(path) == 4
    assert contents(path) == said


def test_the_former_file_comes_back_while_no_word_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ondol.db"
    load_dump(path, 4)
    said = contents(path)
    upgrade.upgrade(path, "ondol")
    former = migrations("ondol")[:4]
    monkeypatch.setattr(keeping, "migrations", lambda _: former)
    with opened(path) as web:  # what the house notes of itself is no word
        web.execute("PRAGMA journal_mode=WAL")
        web.execute("CREATE TABLE noted (a)")
    assert keeping.put_back(path, "ondol")
    assert schema_version(path) == 4
    assert contents(path) == said
    assert {file.name for file in tmp_path.iterdir()} == {"ondol.db"}
    assert not keeping.put_back(path, "ondol")


@pytest.mark.parametrize(
    "written",
    [
        "INSERT INTO users (username, username_key, created_at) VALUES ('a', 'a', '')",
        "UPDATE messages SET content = 'else' WHERE id = (SELECT max(id) FROM messages)",
        "DELETE FROM prompt_templates",
    ],
)
def test_words_that_were_written_since_are_not_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    path = tmp_path / "ondol.db"
    load_dump(path, 4)
    upgrade.upgrade(path, "ondol")
    former = migrations("ondol")[:4]
    monkeypatch.setattr(keeping, "migrations", lambda _: former)
    with opened(path) as web:
        web.execute(written)
    with pytest.raises(Conflict, match="written to"):
        keeping.put_back(path, "ondol")
    assert schema_version(path) == len(migrations("ondol"))


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
    with pytest.raises(UpgradeFailed, match="as it was"):
        upgrade.rehearse(path, "ondol")
    assert schema_version(path) == 4
    assert contents(path) == said
    left = {file.name for file in tmp_path.glob("ondol.db*")}
    assert left <= {"ondol.db", "ondol.db-wal", "ondol.db-shm"}


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


@pytest.mark.parametrize(
    "refusal",
    [OSError(errno.EIO, "Input/output error"), sqlite3.OperationalError("disk I/O error")],
    ids=["os", "sqlite"],
)
def test_a_card_that_refuses_for_a_moment_is_no_fault_of_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    path = tmp_path / "ondol.db"
    load_dump(path, SCHEMAS[0])
    if isinstance(refusal, sqlite3.Error):
        refusal.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE

    def refuse(_source: Path, _target: Path) -> None:
        raise refusal

    with monkeypatch.context() as broken:
        broken.setattr(upgrade, "copy_database", refuse)
        with pytest.raises(DiskError):
            upgrade.upgrade(path, "ondol")
    assert upgrade.upgrade(path, "ondol") is not None
