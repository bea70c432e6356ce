"""Levels of a disk that fills, and that what rested goes on when there is room again."""

import asyncio
from pathlib import Path

import pytest

from services.core.config import DiskConfig
from services.core.errors import DiskFull
from services.core.paths import Home
from services.web.safety import disk
from services.web.safety.disk import DiskState, DiskWatch, Level, forget_kept_chats, next_level
from tests.appliance import eventually

RULES = DiskConfig(low_bytes=1000, full_bytes=100)


@pytest.mark.parametrize(
    ("free", "before", "after"),
    [
        (5000, "ok", "ok"),
        (1000, "ok", "ok"),
        (999, "ok", "low"),
        (99, "ok", "full"),
        (105, "full", "full"),
        (110, "full", "low"),
        (1050, "low", "low"),
        (1100, "low", "ok"),
        (5000, "full", "ok"),
        (0, "low", "full"),
    ],
)
def test_levels(free: int, before: Level, after: Level) -> None:
    assert next_level(free, RULES, before) == after


def test_thresholds_of_nothing_are_never_met() -> None:
    assert next_level(0, DiskConfig(low_bytes=0, full_bytes=0), "ok") == "ok"


def test_what_rests_is_refused_by_name_and_goes_on(tmp_path: Path) -> None:
    free = 5000
    watch = DiskWatch(tmp_path, RULES, lambda _: (free, 10_000))
    told: list[tuple[Level, DiskState]] = []
    watch.on_change = lambda before, state: told.append((before, state))
    watch.refuse_question()
    watch.refuse_document()
    free = 500
    watch.look()
    watch.refuse_question()
    with pytest.raises(DiskFull) as caught:
        watch.refuse_document()
    assert caught.value.params["free"] == 500
    free = 50
    watch.look()
    with pytest.raises(DiskFull):
        watch.refuse_question()
    free = 9000
    watch.refuse_question()  # room that was made just now counts at once
    watch.refuse_document()
    assert [(before, state.level) for before, state in told] == [("ok", "low"), ("low", "full"), ("full", "ok")]


async def test_a_full_disk_gets_back_what_the_model_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LOOK_S", 0.001)
    home = Home(tmp_path)
    home.create()
    for name, data in (("a.kv", b"12345"), ("b.kv", b"678"), ("written.json", b"{}")):
        (home.kv / name).write_bytes(data)
    watch = DiskWatch(tmp_path, RULES, lambda _: (50, 10_000))
    given: list[int] = []
    watch.make_room = lambda: given.append(forget_kept_chats(home)) or given[-1]  # type: ignore[func-returns-value]
    task = asyncio.create_task(watch.run())
    await eventually(lambda: len(given) > 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert given[:2] == [8, 0]
    assert [path.name for path in home.kv.iterdir()] == ["written.json"]
