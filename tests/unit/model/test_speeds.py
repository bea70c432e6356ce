"""Speeds come from steps."""

import pytest

from services.model.speeds import Speeds


def test_the_first_measurement_replaces_the_guess() -> None:
    speeds = Speeds()
    speeds.add_step(0.2, 1, 0)
    assert speeds.step_s(1) == 0.2
    assert speeds.decode_tokens_per_s() == pytest.approx(5.0)
    assert speeds.step_s(0) == 0.0


def test_reading_is_measured_without_the_tokens_decoded_beside_it() -> None:
    speeds = Speeds()
    speeds.add_step(0.1, 1, 0)
    speeds.add_step(0.6, 1, 50)
    assert speeds.prompt_tokens_per_s() == pytest.approx(100.0)


def test_an_unmeasured_number_of_answers_is_estimated_between_one_step_and_so_many_steps() -> None:
    speeds = Speeds()
    speeds.add_step(0.1, 1, 0)
    assert 0.1 < speeds.step_s(4) < 0.4


def test_a_lasting_change_is_followed() -> None:
    speeds = Speeds()
    speeds.add_step(0.1, 1, 0)
    for _ in range(30):
        speeds.add_step(0.3, 1, 0)
    assert speeds.step_s(1) == pytest.approx(0.3, rel=0.01)


def test_tiny_slices_say_nothing_of_reading() -> None:
    speeds = Speeds()
    speeds.add_step(1.0, 0, 100)
    speeds.add_step(1.0, 0, 2)
    assert speeds.prompt_tokens_per_s() == pytest.approx(100.0)


def test_deeper_pools_are_slower_and_depths_between_two_measured_ones_lie_between_them() -> None:
    speeds = Speeds()
    speeds.add_step(0.1, 1, 0, depth=100)
    speeds.add_step(0.3, 1, 0, depth=2100)
    assert speeds.step_s(1, 100) == pytest.approx(0.1)
    assert speeds.step_s(1, 4000) == pytest.approx(0.3)
    assert speeds.step_s(1, 1150) == pytest.approx(0.2, rel=0.05)
    speeds.add_step(1.0, 0, 100, depth=0)
    speeds.add_step(3.0, 0, 100, depth=2000)
    assert speeds.read_s(2000) == pytest.approx(2000 * 0.02, rel=0.1)
    assert speeds.read_s(10, depth=2400) == pytest.approx(0.3)


def test_speeds_come_back_from_what_was_saved() -> None:
    speeds = Speeds()
    for depth in (0, 900, 3000):
        speeds.add_step(0.1 + depth / 10_000, 1, 0, depth=depth)
        speeds.add_step(0.2 + depth / 10_000, 4, 0, depth=depth)
        speeds.add_step(2.0, 0, 64, depth=depth)
    speeds.add_answer(77)
    speeds.add_embedding(1.0, 900)
    again = Speeds(speeds.saved())
    for depth in (0, 500, 2500):
        assert again.step_s(1, depth) == pytest.approx(speeds.step_s(1, depth))
        assert again.step_s(3, depth) == pytest.approx(speeds.step_s(3, depth))
        assert again.read_s(500, depth) == pytest.approx(speeds.read_s(500, depth))
    assert (again.answer_tokens, again.embed_tokens_per_s) == (speeds.answer_tokens, speeds.embed_tokens_per_s)
