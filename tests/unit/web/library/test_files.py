import errno
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.core.errors import NotFound
from services.core.paths import Home
from services.web.library import files
from services.web.library.files import Spool, TrashedFile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.create()
    return home


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that takes files of 64 kB: a mount would need root, the kernel's limit for a process does not."""
    folder = tmp_path / "small"
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_nothing_behind(full_disk: Path) -> None:
    with pytest.raises(OSError) as caught:
        files.write_new(full_disk, "big.txt", "x" * 200_000)
    assert caught.value.errno == errno.EFBIG
    assert list(full_disk.iterdir()) == []


def test_a_rewrite_on_a_full_disk_keeps_the_old_text(full_disk: Path) -> None:
    target = full_disk / "a.txt"
    target.write_text("old")
    with pytest.raises(OSError):
        files.write_whole(target, "x" * 200_000)
    assert [(p.name, p.read_text()) for p in full_disk.iterdir()] == [("a.txt", "old")]


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    written = [files.write_new(tmp_path, "a.tar.gz", str(n)).name for n in range(3)]
    assert written == ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]
    assert (tmp_path / "a.tar (2).gz").read_text() == "1"


def test_leftovers_and_old_trash_are_swept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(home.inbox / "minsu")
    spool.write(b"half")
    keep = files.write_new(home.inbox / "minsu", "keep.txt", "whole")
    for number, age_days in ((1, 31), (2, 29)):
        doomed = files.write_new(home.inbox / "minsu", f"{number}.txt", "x")
        monkeypatch.setattr(time, "time_ns", lambda age=age_days: NOW - age * 86_400 * 10**9)
        files.to_trash(home, TrashedFile(number, f"minsu/{number}.txt", "minsu", ""), doomed)
    monkeypatch.setattr(time, "time_ns", lambda: NOW)
    files.sweep(home)
    spool.discard()
    assert [p for p in home.inbox.rglob("*") if p.is_file()] == [keep]
    assert [p.name.partition("-")[0] for p in home.trash.iterdir()] == ["2"]


NOW = 1_800_000_000 * 10**9


def test_only_the_owner_finds_a_file_in_the_trash(home: Home) -> None:
    doomed = files.write_new(home.inbox / "minsu", "a.txt", "x")
    files.to_trash(home, TrashedFile(7, "minsu/a.txt", "minsu", ""), doomed)
    with pytest.raises(NotFound):
        files.find_trashed(home, 7, "jiwoo")
    folder, note = files.find_trashed(home, 7, "minsu")
    files.write_new(home.inbox / "minsu", "a.txt", "another meanwhile")
    assert files.from_trash(home, folder, note) == "minsu/a (2).txt"
    with pytest.raises(NotFound):
        files.find_trashed(home, 7, "minsu")
