"""Samples in memory: bounded, averaged, with gaps where nothing was seen."""

import sys

import pytest

from services.web.vitals.history import COLUMNS, FINE_SAMPLES, POINTS, History


def known(line: list[float | None]) -> list[float]:
    return [value for value in line if value is not None]


def test_a_quarter_of_an_hour_shows_every_sample_at_its_time() -> None:
    history = History()
    for n in range(10):
        history.add(1000.0 + 5 * n, {"tokens_per_s": float(n), "celsius": None})
    at, columns = history.span("quarter", 1047.0)
    assert set(columns) == set(COLUMNS)
    assert len(at) == POINTS
    assert at[-1] == 1047.5
    assert at[1] - at[0] == 5.0
    assert columns["tokens_per_s"][-10:] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert known(columns["celsius"]) == []


def test_an_hour_is_told_in_means_and_old_samples_make_room() -> None:
    history = History()
    for n in range(FINE_SAMPLES + 400):
        history.add(5.0 * n, {"cpu": n % 4 / 4})
    until = 5.0 * (FINE_SAMPLES + 399)
    _, columns = history.span("hour", until)
    assert len(known(columns["cpu"])) >= POINTS - 1
    assert known(columns["cpu"])[3] == pytest.approx(0.375)
    _, long_gone = history.span("hour", until + 7200)
    assert known(long_gone["cpu"]) == []


def test_a_day_is_kept_in_minutes() -> None:
    history = History()
    for n in range(3 * FINE_SAMPLES):
        history.add(5.0 * n, {"queue": 1.0 if n < FINE_SAMPLES else 3.0})
    _, columns = history.span("day", 5.0 * 3 * FINE_SAMPLES)
    told = known(columns["queue"])
    assert told[0] == 1.0
    assert told[-1] == 3.0
    assert len(told) == pytest.approx(3 * 3600 / 480, abs=1)


def test_a_clock_that_is_set_back_breaks_nothing() -> None:
    history = History()
    for at in (5000.0, 5060.0, 100.0, 105.0, 165.0):
        history.add(at, {"active": 1.0})
    assert known(history.span("day", 200.0)[1]["active"]) == [1.0]


def test_a_day_and_an_hour_cost_little_memory() -> None:
    history = History()
    rings = (history._fine, history._coarse)
    held = sum(sys.getsizeof(column) for ring in rings for column in (ring._at, *ring._columns.values()))
    assert held < 250_000
