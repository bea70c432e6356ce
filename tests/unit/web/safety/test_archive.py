"""Backup files: whole, exact, and refused when they are anything else."""

import errno
import json
import os
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest

from services.core.config import Config
from services.core.durable import move_durably, write_durably
from services.core.errors import DatabaseDamaged, DiskFull
from services.web.safety.archive import verify_backup, write_backup
from services.web.safety.manifest import MANIFEST, BackupRefused
from services.web.safety.notices import Notices
from services.web.safety.restoring import READY, clear_unconfirmed, confirm, put_in_place, stage
from services.web.safety.vault import Backup, Vault, worth_keeping
from services.web.storage.integrity import opened
from tests.unit.web.safety.house import contents, fill, furnished, pages_of, spoil_page


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return furnished(tmp_path / "home")


@pytest.fixture
def backup(config: Config, tmp_path: Path) -> Path:
    path = tmp_path / "b.zip"
    write_backup(config.home, path, documents=True)
    return path


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rewritten(backup: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """The same backup, honestly packed again after a change of its members and manifest."""
    with zipfile.ZipFile(backup) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(members, manifest)
    path = backup.with_name("changed.zip")
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
        packed.writestr(MANIFEST, json.dumps(manifest))
    return path


def test_a_backup_holds_everything_and_nothing_else(config: Config, backup: Path) -> None:
    manifest = verify_backup(backup)
    assert [member.name for member in manifest.members] == [
        "db/ondol.db",
        "ondol.toml",
        "secret.key",
        "inbox/minsu/계약서.pdf",
        "inbox/shared/house/rules/quiet.md",
    ]
    assert manifest.counts["messages"] == 10
    assert manifest.schema == 4
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in backup.parent.iterdir() if path.name.startswith(".")] == []


def test_a_backup_beside_a_writer_is_one_moment_and_holds_nobody_up(config: Config, tmp_path: Path) -> None:
    fill(config.home.ondol_db, 4000)
    done, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        writer = sqlite3.connect(config.home.ondol_db, isolation_level=None)
        while not done.is_set():
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("INSERT INTO chat_sessions VALUES (NULL, 1, 'x', 0, '{}', '', '')")
            writer.execute("INSERT INTO prompt_templates VALUES (NULL, 1, 'x', '', '', '', '', '', '')")
            writer.execute("COMMIT")
            written += 1
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        manifest = write_backup(config.home, tmp_path / "live.zip", documents=False)
        during = written
    finally:
        done.set()
        thread.join()
    assert manifest.counts["chat_sessions"] - 3 == manifest.counts["prompt_templates"] - 1
    assert during > 3


def test_restored_is_what_was_backed_up_and_the_old_state_is_kept(config: Config, backup: Path) -> None:
    home = config.home
    said, documents = contents(home.ondol_db), tree(home.inbox)
    with opened(home.ondol_db) as connection:
        connection.execute("DELETE FROM messages")
    home.settings.write_text("[chat]\nmax_tokens = 1\n")
    (home.inbox / "minsu" / "계약서.pdf").unlink()
    (home.inbox / "shared" / "new.md").write_text("new")
    later = tree(home.inbox)
    stage(backup, home.root / "restore.part")
    confirm(home.root / "restore.part", home)
    assert put_in_place(home)
    assert not put_in_place(home)
    assert contents(home.ondol_db) == said
    assert tree(home.inbox) == documents
    assert "77" in home.settings.read_text()
    (notice,) = Notices(home).all()
    aside = home.root / str(notice.params["aside"])
    assert tree(aside / "inbox") == later
    assert contents(aside / "db" / "ondol.db") == []


@pytest.mark.parametrize("cut_at", range(12))
def test_a_restore_that_is_cut_off_anywhere_is_finished_at_the_next_start(
    config: Config, backup: Path, monkeypatch: pytest.MonkeyPatch, cut_at: int
) -> None:
    home = config.home
    said, documents = contents(home.ondol_db), tree(home.inbox)
    (home.inbox / "shared" / "later.md").write_text("later")
    stage(backup, home.root / "restore.part")
    confirm(home.root / "restore.part", home)
    steps = 0

    def cut(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **more: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps > cut_at:
                raise OSError("power is gone")
            return real(*args, **more)

        return step

    with monkeypatch.context() as patch:
        patch.setattr("services.web.safety.restoring.move_durably", cut(move_durably))
        patch.setattr("services.web.safety.restoring.write_durably", cut(write_durably))
        patch.setattr(shutil, "move", cut(shutil.move))
        try:
            put_in_place(home)
        except OSError:
            assert (home.restore / READY).exists()
    put_in_place(home)
    assert contents(home.ondol_db) == said
    assert tree(home.inbox) == documents
    assert not home.restore.exists()


@pytest.mark.parametrize("lost", ["db/ondol.db", "inbox/shared/house/rules/quiet.md", "manifest.json"])
def test_what_was_unpacked_and_is_not_whole_any_more_is_not_put_in_place(
    config: Config, backup: Path, lost: str
) -> None:
    home = config.home
    said = contents(home.ondol_db)
    stage(backup, home.restore_part)
    (home.restore_part / lost).unlink()
    with pytest.raises(BackupRefused, match="choose the backup again"):
        confirm(home.restore_part, home)
    assert not put_in_place(home)
    assert contents(home.ondol_db) == said


def test_what_was_just_set_aside_stays_whatever_the_clock_says(config: Config, backup: Path) -> None:
    home = config.home
    for stamp in ("20980101T000000Z", "20990101T000000Z", "20990101T000000Z-2"):
        (home.before_restore / stamp).mkdir(parents=True)
    for _ in range(2):  # within one second
        said = contents(home.ondol_db)
        stage(backup, home.restore_part)
        confirm(home.restore_part, home)
        put_in_place(home)
        aside = home.root / str(Notices(home).all()[-1].params["aside"])
        assert contents(aside / "db" / "ondol.db") == said
        assert len(list(home.before_restore.iterdir())) == 2


def test_an_unconfirmed_restore_is_cleared_and_a_confirmed_one_is_not(config: Config, backup: Path) -> None:
    home = config.home
    stage(backup, home.restore_part)
    clear_unconfirmed(home)
    assert not home.restore_part.exists()
    stage(backup, home.restore_part)
    confirm(home.restore_part, home)
    clear_unconfirmed(home)
    assert (home.restore / READY).exists()
    (home.restore / READY).unlink()
    clear_unconfirmed(home)
    assert not home.restore.exists()


def test_a_truncated_backup_is_refused(backup: Path) -> None:
    data = backup.read_bytes()
    for length in (0, 100, len(data) // 2, len(data) - 1):
        backup.write_bytes(data[:length])
        with pytest.raises(BackupRefused) as caught:
            verify_backup(backup)
        assert caught.value.params["reason"] == "damaged"


def test_flipped_bytes_are_found(backup: Path) -> None:
    data = bytearray(backup.read_bytes())
    for at in range(60, len(data) - 200, len(data) // 25):
        spoiled = bytearray(data)
        spoiled[at] ^= 0x40
        backup.write_bytes(spoiled)
        try:
            verify_backup(backup)
        except BackupRefused:
            continue
        with zipfile.ZipFile(backup) as packed:  # a byte of no meaning: a date, a padding
            assert packed.testzip() is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("inbox/../../evil", "unsafe"),
        ("/etc/passwd", "unsafe"),
        ("inbox/a//b", "unsafe"),
        ("models/x.gguf", "unsafe"),
        ("inbox/", "unsafe"),
        ("inbox/./x", "unsafe"),
    ],
)
def test_names_that_leave_their_folder_are_refused(backup: Path, name: str, reason: str) -> None:
    def add(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        members[name] = b"x"
        manifest["members"].append({"name": name, "size": 1, "sha256": "", "mtime_ns": 0})

    with pytest.raises(BackupRefused) as caught:
        verify_backup(rewritten(backup, add))
    assert caught.value.params["reason"] == reason


def test_a_changed_member_an_extra_one_and_a_wrong_count_are_refused(backup: Path) -> None:
    def change_document(members: dict[str, bytes], _: dict[str, Any]) -> None:
        members["inbox/shared/house/rules/quiet.md"] = b"# Quiet\nafter two\n"

    def add(members: dict[str, bytes], _: dict[str, Any]) -> None:
        members["inbox/extra"] = b"x"

    def count(_: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["counts"]["messages"] = 11

    def drop(members: dict[str, bytes], _: dict[str, Any]) -> None:
        del members["secret.key"]

    for change in (change_document, add, count, drop):
        with pytest.raises(BackupRefused) as caught:
            verify_backup(rewritten(backup, change))
        assert caught.value.params["reason"] == "damaged"


@pytest.mark.parametrize(("field", "value"), [("schema", 9999), ("version", 2)])
def test_a_newer_backup_is_refused(backup: Path, field: str, value: int) -> None:
    with pytest.raises(BackupRefused) as caught:
        verify_backup(rewritten(backup, lambda _, manifest: manifest.update({field: value})))
    assert caught.value.params["reason"] == "newer"


def test_another_zip_file_and_a_lying_length_are_refused(backup: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("a.txt", "a")
    with pytest.raises(BackupRefused) as caught:
        verify_backup(other)
    assert caught.value.params["reason"] == "foreign"

    def lie(_: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["members"][-1]["size"] = 5

    with pytest.raises(BackupRefused):
        verify_backup(rewritten(backup, lie))


def test_a_bomb_is_refused_before_it_is_unpacked(
    config: Config, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000))
    with pytest.raises(DiskFull):
        stage(backup, tmp_path / "staged")
    assert not (tmp_path / "staged").exists()


def test_a_damaged_database_makes_no_backup(config: Config, tmp_path: Path) -> None:
    fill(config.home.ondol_db, 200)
    spoil_page(config.home.ondol_db, pages_of(config.home.ondol_db, "messages")[3])
    with pytest.raises(DatabaseDamaged):
        write_backup(config.home, tmp_path / "bad.zip", documents=True)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


class Worn:
    """A file on a worn card: its first megabyte can be read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __enter__(self) -> "Worn":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fileno(self) -> int:
        return self._file.fileno()

    def read(self, size: int) -> bytes:
        if self._file.tell():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self._file.read(size)


def worn(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    real = Path.open

    def opened_path(path: Path, mode: str = "r") -> Any:
        return Worn(real(path, mode)) if path.name in names and mode == "rb" else real(path, mode)

    monkeypatch.setattr(Path, "open", opened_path)


def test_a_document_that_cannot_be_read_is_left_out_and_named(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.home.inbox / "minsu" / "scan.pdf").write_bytes(os.urandom(3_000_000))
    (config.home.inbox / "minsu" / "gone.md").write_text("x")
    looked = Path.lstat

    def look(path: Path) -> os.stat_result:
        if path.name == "gone.md":
            path.unlink(missing_ok=True)
        return looked(path)

    monkeypatch.setattr(Path, "lstat", look)
    worn(monkeypatch, "scan.pdf")
    manifest = write_backup(config.home, tmp_path / "b.zip", documents=True)
    assert manifest.skipped == ["inbox/minsu/scan.pdf"]
    assert verify_backup(tmp_path / "b.zip") == manifest
    assert [member.name for member in manifest.members if member.name.startswith("inbox/")] == [
        "inbox/minsu/계약서.pdf",
        "inbox/shared/house/rules/quiet.md",
    ]
    monkeypatch.undo()
    stage(tmp_path / "b.zip", tmp_path / "staged")
    assert not (tmp_path / "staged" / "inbox" / "minsu" / "scan.pdf").exists()


def test_a_database_that_cannot_be_read_makes_no_backup(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(config.home.ondol_db, 3000)
    worn(monkeypatch, "ondol.db")
    with pytest.raises(OSError, match="Input/output error"):
        write_backup(config.home, tmp_path / "b.zip", documents=True)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_what_is_kept(config: Config) -> None:
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    backups = [Backup(f"{n}", now - timedelta(hours=12 * n), 10) for n in range(100)]

    def kept(max_bytes: int, backups: list[Backup] = backups) -> list[str]:
        rules = msgspec.structs.replace(config.backup, keep_daily=3, keep_weekly=2, max_bytes=max_bytes)
        return [backup.name for backup in worth_keeping(backups, rules, now)]

    assert kept(1000) == ["0", "1", "3", "13"]
    assert kept(25) == ["0", "1"]
    assert kept(5) == ["0"]
    assert kept(5, []) == []
    later = [Backup(f"later {n}", now + timedelta(days=9000 + n), 10) for n in range(9, -1, -1)]
    assert kept(1000, [*later, *backups]) == ["later 9", "0", "1", "3", "13", "later 8", "later 7", "later 2"]


def test_the_one_just_made_stays_whatever_the_clock_says(config: Config) -> None:
    vault, now = Vault(config.home.backups), datetime(2020, 1, 1, tzinfo=UTC)
    for day in range(1, 20):
        (vault.folder / f"ondol-202601{day:02}T030000Z.zip").write_bytes(b"x" * 10)
    made = vault.new_path(now)
    made.write_bytes(b"x")
    vault.prune(config.backup, now, made.name)
    assert made.exists()
    assert (vault.folder / "ondol-20260119T030000Z.zip").exists()
    assert len(vault.backups()) == 1 + 7 + 2


def test_files_of_other_names_are_never_deleted(config: Config) -> None:
    vault = Vault(config.home.backups)
    mine = config.home.backups / "holiday.zip"
    mine.write_bytes(b"x")
    for day in range(1, 20):
        (config.home.backups / f"ondol-202601{day:02}T030000Z.zip").write_bytes(b"x" * 10)
    vault.prune(config.backup, datetime(2026, 2, 1, tzinfo=UTC), "ondol-20260119T030000Z.zip")
    assert mine.exists()
    assert len(vault.backups()) == 7 + 2
