"""Speeds survive a restart, are written seldom, and a damaged file is no harm."""

from pathlib import Path

from services.model.entries import load_entries
from services.model.speed_store import FILE_NAME, SAVE_EVERY_S, WORTH_SAVING, SpeedKeeper
from services.model.speeds import SavedSpeeds


def measured(keeper: SpeedKeeper, steps: int = WORTH_SAVING) -> SpeedKeeper:
    for _ in range(steps):
        keeper.speeds.add_step(0.25, 1, 0, depth=300)
    return keeper


def test_the_next_life_knows_what_this_one_measured(tmp_path: Path) -> None:
    measured(SpeedKeeper(tmp_path, "a")).close()
    assert SpeedKeeper(tmp_path, "a").speeds.step_s(1, 300) == 0.25
    assert SpeedKeeper(tmp_path, "b").speeds.decode_tokens_per_s() == 0.0
    measured(SpeedKeeper(tmp_path, "b")).close()
    assert set(load_entries(tmp_path / FILE_NAME, SavedSpeeds)) == {"a", "b"}
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_it_is_written_at_rest_and_not_more_often_than_worth_it(tmp_path: Path) -> None:
    now = [0.0]
    keeper = SpeedKeeper(tmp_path, "a", lambda: now[0])
    measured(keeper).rest()
    assert not list(tmp_path.iterdir())
    now[0] = SAVE_EVERY_S
    keeper.rest()
    first = (tmp_path / FILE_NAME).stat().st_mtime_ns
    now[0] *= 3
    measured(keeper, WORTH_SAVING - 1).rest()
    keeper.close()
    assert (tmp_path / FILE_NAME).stat().st_mtime_ns == first


def test_a_damaged_file_is_written_anew_and_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b'{"version":1,"entries":{"a":')
    keeper = measured(SpeedKeeper(tmp_path, "a"))
    assert keeper.speeds.step_s(1) == 0.25
    keeper.close()
    assert set(load_entries(tmp_path / FILE_NAME, SavedSpeeds)) == {"a"}
    measured(SpeedKeeper(tmp_path / "gone", "a")).close()
    measured(SpeedKeeper(tmp_path, "")).close()
    assert set(load_entries(tmp_path / FILE_NAME, SavedSpeeds)) == {"a"}
