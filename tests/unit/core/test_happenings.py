"""The short list of what happened to the box."""

import errno
import os
import threading
from pathlib import Path

import pytest

from services.core import happenings
from services.core.happenings import KEPT, SLACK, Happenings, note, read
from tests.refusing import FLUSHED, failing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "happenings.jsonl"


def test_what_was_recorded_is_read_newest_first_and_by_the_next_life(path: Path) -> None:
    first = Happenings(path)
    first.record("house_started", after="power")
    first.record("model_restarted", reason="memory", away_s=3.5)
    first.close()
    told = Happenings(path).newest()
    assert [(one.kind, one.params) for one in told] == [
        ("model_restarted", {"reason": "memory", "away_s": 3.5}),
        ("house_started", {"after": "power"}),
    ]
    assert told[0].at >= told[1].at
    assert told[0].at.endswith("Z")


def test_programs_beside_the_service_write_into_the_same_list(path: Path) -> None:
    service = Happenings(path)
    service.record("disk_low", free_bytes=5)
    note(path, "backup_made", size_bytes=7)
    service.close()
    assert {one.kind for one in service.newest()} == {"disk_low", "backup_made"}


def test_a_line_torn_by_a_power_cut_costs_only_itself(path: Path) -> None:
    note(path, "too_hot", celsius=84)
    with path.open("ab") as file:
        file.write(b'{"at": "2026-')
    note(path, "disk_low", free_bytes=1)
    assert [one.kind for one in read(path)] == ["too_hot", "disk_low"]


def test_the_file_stays_short(path: Path) -> None:
    for number in range(KEPT + SLACK + 10):
        note(path, "disk_low", free_bytes=number)
    kept = read(path)
    assert KEPT <= len(kept) < KEPT + SLACK
    assert kept[-1].params == {"free_bytes": KEPT + SLACK + 9}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_two_writers_lose_nothing_while_the_file_is_cut(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(happenings, "KEPT", 100)
    monkeypatch.setattr(happenings, "SLACK", 0)

    def write(part: str) -> None:
        for number in range(60):
            note(path, "part_restarted", part=f"{part}{number}")

    threads = [threading.Thread(target=write, args=(part,)) for part in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [one.params["part"] for one in read(path)]
    assert len(kept) >= 100
    assert "a59" in kept
    assert "b59" in kept


def test_a_disk_that_refuses_costs_nothing_but_the_file(tmp_path: Path) -> None:
    service = Happenings(tmp_path / "no such folder" / "happenings.jsonl")
    service.record("disk_full", file="ondol.db")
    service.close()
    assert [one.kind for one in service.newest()] == ["disk_full"]


def test_what_a_disk_refused_is_written_with_the_next(path: Path) -> None:
    service = Happenings(path)
    with failing(FLUSHED, errno.EIO):
        service.record("disk_refused", file="ondol.db")
        service._thread.submit(int).result()
    service.record("disk_calm")
    service.close()
    kinds = [one.kind for one in read(path)]
    assert kinds[-2:] == ["disk_refused", "disk_calm"]
    assert [one.kind for one in service.newest()] == ["disk_calm", "disk_refused"]


def test_every_kind_fits_a_line(path: Path) -> None:
    for kind in happenings.KINDS:
        note(path, kind)
    assert [one.kind for one in read(path)] == list(happenings.KINDS)
    assert os.stat(path).st_size < 4096
