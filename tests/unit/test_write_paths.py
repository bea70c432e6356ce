"""Every small file of the house, on a disk that is full or broken: whole or not there, and nobody dies of it."""

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.core import happenings
from services.core.durable import write_durably
from services.core.errors import DiskError, DiskFull, disk_error
from services.core.happenings import Happenings, read
from services.core.paths import Home
from services.core.process import lock
from services.ingest.spool import Spool as PageSpool
from services.model.entries import load_entries, save_entry
from services.model.lives import Lives
from services.web.library import files
from services.web.library.asking import place
from services.web.safety.notices import Notices
from services.web.security import load_secret_key
from services.web.vitals import life
from tests.refusing import FLUSHED, PLACED, REMOVED, WRITTEN, failing

REFUSED = pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
Write = Callable[[Home], object]

LOUD: dict[str, Write] = {
    "state": lambda home: write_durably(home.root / "old", b"new"),
    "measurements": lambda home: save_entry(home.root / "old", "key", 1, most=3),
    "secret key": lambda home: load_secret_key(home.secret_key),
    "rewritten document": lambda home: files.write_whole(home.inbox / "minsu" / "old", "new"),
    "new document": lambda home: files.write_new(home.inbox / "minsu", "new.md", "new"),
    "answer": lambda home: place(home.inbox, "minsu/a.ask.md", "answer", "new"),
}
QUIET: dict[str, Write] = {
    "how web lived": lambda home: _web_life(home.web_life),
    "how the model lived": lambda home: _model_life(Lives(home.run)),
    "lock": lambda home: lock(home.run, "web").close(),
    "notice": lambda home: Notices(home).add("library_rebuilt"),
    "what happened": lambda home: _record(home.happenings),
    "spool of pages": lambda home: _spool(PageSpool(home.run / "spool")),
    "leftovers": files.sweep,
}


def _model_life(lives: Lives) -> None:
    lives.begin(0.0)
    lives.ready(1.0)
    lives.stuck()
    lives.end()


def _web_life(path: Path) -> None:
    life.begin(path, "x")
    life.end(path, "x")


def _spool(spool: PageSpool) -> None:
    spool.prepare()
    spool.discard("a", "b")


def _record(path: Path) -> None:
    service = Happenings(path)
    service.record("disk_full", file=None)
    service.close()
    assert [one.kind for one in service.newest()] == ["disk_full"], "it stays in memory"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    (home.inbox / "minsu").mkdir()
    (home.inbox / "minsu" / "a.ask.md").write_text("why?")
    for old in (home.root / "old", home.inbox / "minsu" / "old"):
        old.write_bytes(b"old")
    return home


def held(home: Home) -> dict[str, bytes]:
    return {str(path.relative_to(home.root)): path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


@REFUSED
@pytest.mark.parametrize("calls", [FLUSHED, PLACED], ids=["flushed", "placed"])
@pytest.mark.parametrize("what", LOUD)
def test_what_people_wait_for_fails_whole_and_says_why(
    home: Home, what: str, calls: tuple[str, ...], number: int
) -> None:
    before = held(home)
    with failing(calls, number), pytest.raises(OSError) as caught:
        LOUD[what](home)
    assert isinstance(disk_error(caught.value), DiskFull if number == errno.ENOSPC else DiskError)
    assert held(home) == before
    LOUD[what](home)
    assert held(home) != before


@REFUSED
@pytest.mark.parametrize("what", QUIET)
def test_what_only_explains_is_logged_and_left_out(
    home: Home, what: str, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with failing(FLUSHED + PLACED + WRITTEN + REMOVED, number):
        QUIET[what](home)
    QUIET[what](home)


def test_a_list_that_cannot_be_cut_keeps_all_and_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(happenings, "KEPT", 2)
    monkeypatch.setattr(happenings, "SLACK", 1)
    path = tmp_path / "happenings.jsonl"
    for number in range(3):
        happenings.note(path, "part_restarted", part=str(number))
    with failing(PLACED, errno.EIO):
        happenings.note(path, "part_restarted", part="3")
    assert [one.params["part"] for one in read(path)] == ["0", "1", "2", "3"]
    assert os.listdir(tmp_path) == ["happenings.jsonl"]


def test_a_damaged_measurement_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "speeds.json"
    path.write_bytes(b'{"version": 1, "entr')
    assert load_entries(path, int) == {}
    save_entry(path, "a", 1, most=3)
    assert load_entries(path, int) == {"a": 1}


def test_a_key_that_a_power_cut_left_empty_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch()
    assert len(load_secret_key(tmp_path / "secret.key")) == 64
