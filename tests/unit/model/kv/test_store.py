"""Blocks on a real disk: what stays, what goes, and what a broken disk does."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.model.kv.blocks import Block, blocks_of, root
from services.model.kv.store import KvStore, Limits, Loaded
from tests.refusing import no_growth
from tests.unit.model.kv.damage import DAMAGES

KEY = "model one"
CHAT = list(range(2000, 2300))
SIZE = 3000


def payload(block: Block) -> bytes:
    return block.digest * (SIZE // len(block.digest))


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def opened(folder: Path, key: str = KEY, **limits: int) -> KvStore:
    store = KvStore(folder, key, Limits(**{"disk": 10**9, "least_free": 0, **limits}))
    store.start()
    wait_for(lambda: store.scanned)
    return store


def written(store: KvStore, tokens: list[int]) -> None:
    for block in blocks_of(store.root, tokens):
        if store.shared(block) < len(block.tokens):
            store.add(block, payload(block))
    store.drain(time.monotonic() + 10)


def loaded(store: KvStore, tokens: list[int]) -> list[Loaded]:
    job = store.fetch(store.walk(tokens))
    wait_for(lambda: job.done)
    return job.blocks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kv"


def test_what_was_added_is_there_after_a_restart_and_only_for_its_key(folder: Path) -> None:
    written(opened(folder), CHAT)
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.kv")} == {0o600}
    assert not list(folder.glob("*.part"))
    again = opened(folder)
    blocks = loaded(again, [*CHAT[:290], 1, 2])
    assert [one.end for one in blocks] == [128, 256, 290]
    assert [bytes(one.payload) for one in blocks] == [payload(block) for block in blocks_of(root(KEY), CHAT)]
    assert again.stats.files == 3
    other = opened(folder, "model two")
    assert (other.stats.files, other.stats.rejected) == (0, 3)
    assert not list(folder.glob("*.kv"))


def test_a_chat_that_grows_leaves_no_old_end_behind(folder: Path) -> None:
    store = opened(folder)
    for length in (140, 200, 256, 300):
        written(store, CHAT[:length])
    assert len(list(folder.glob("*.kv"))) == store.stats.files == 3
    assert loaded(store, CHAT)[-1].end == 300


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_deleted_told_once_and_never_used(
    folder: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    written(opened(folder), CHAT)
    store = opened(folder)
    victim = folder / f"{list(blocks_of(store.root, CHAT))[1].digest.hex()}.kv"
    DAMAGES[name](victim)
    with caplog.at_level(logging.WARNING):
        for damaged in (store, opened(folder)):
            assert [one.end for one in loaded(damaged, CHAT)] == [128]
    assert not victim.exists()
    told = [record for record in caplog.records if victim.name in record.getMessage()]
    assert len(told) == (0 if name == "gone" else 1)


def test_the_least_used_goes_when_the_disk_budget_is_used_up(folder: Path) -> None:
    store = opened(folder, disk=4 * 4000)
    chats = [[number] * 120 for number in range(1, 7)]
    for chat in chats:
        written(store, chat)
        loaded(store, chats[0])
    assert store.walk(chats[0])
    assert store.walk(chats[-1])
    assert not store.walk(chats[1])
    assert sum(path.stat().st_size for path in folder.glob("*.kv")) <= 4 * 4000


def test_no_more_is_written_than_a_day_may(folder: Path) -> None:
    store = opened(folder, daily_write=2 * 4000)
    written(store, CHAT)
    assert store.stats.files == 2
    assert store.exhausted
    assert opened(folder).stats.written_today == store.stats.written_today > 2 * SIZE - 100


def test_what_waits_to_be_written_is_fetched_from_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KvStore, "_write_forever", lambda _store: None)
    store = opened(folder, stage=2 * SIZE)
    for block in blocks_of(store.root, CHAT):
        store.add(block, payload(block))
    assert store.busy
    assert loaded(store, CHAT)[-1].end == 300
    began = time.monotonic()
    assert not store.wait_for_room(began + 0.05)
    store.drain(began + 0.1)
    assert time.monotonic() - began < 1


def test_a_full_disk_is_told_once_and_survived(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = opened(folder)
    with caplog.at_level(logging.WARNING), no_growth(1000):
        written(store, CHAT)
    assert len([record for record in caplog.records if "cannot be kept warm" in record.getMessage()]) == 1
    assert list(folder.glob("*.kv")) == list(folder.glob("*.part")) == []
    assert store.stats.files == 0
    written(store, CHAT)
    assert store.stats.files == 3


def test_nothing_is_written_when_people_s_files_need_the_room(folder: Path) -> None:
    store = opened(folder, least_free=10**18)
    written(store, CHAT)
    assert store.stats.files == 0
    assert list(folder.glob("*.kv")) == []


def test_the_folder_may_be_deleted_at_any_time(folder: Path) -> None:
    store = opened(folder)
    written(store, CHAT)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert loaded(store, CHAT) == []
    written(store, CHAT)
    assert loaded(store, CHAT)[-1].end == 300
    assert os.stat(folder).st_mode & 0o777 == 0o700


def test_a_write_that_runs_out_of_time_leaves_nothing(folder: Path) -> None:
    store = opened(folder)
    store.drain(time.monotonic() - 1)
    written_before = list(folder.glob("*")) if folder.exists() else []
    for block in blocks_of(store.root, CHAT):
        store.add(block, payload(block))
    wait_for(lambda: store.stats.files == 0)
    assert written_before == []
    assert not folder.exists() or list(folder.glob("*.kv")) == list(folder.glob("*.part")) == []


def test_what_a_killed_process_left_half_written_is_cleared_away(folder: Path) -> None:
    written(opened(folder), CHAT)
    half = next(folder.glob("*.kv")).with_suffix(".part")
    half.write_bytes(b"ONDOLKV1 half")
    store = opened(folder)
    assert not half.exists()
    assert (store.stats.files, store.stats.rejected) == (3, 0)
