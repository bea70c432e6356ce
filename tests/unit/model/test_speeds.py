"""Speeds come from steps."""

import pytest

from services.model.speeds import Speeds


def test_the_first_measurement_replaces_the_guess() -> None:
    speeds = Speeds()
    speeds.add_step(0.2, 1, 0)
    assert speeds.step_s(1) == 0.2
    assert speeds.decode_tokens_per_s == pytest.approx(5.0)
    assert speeds.step_s(0) == 0.0


def test_reading_is_measured_without_the_tokens_decoded_beside_it() -> None:
    speeds = Speeds()
    speeds.add_step(0.1, 1, 0)
    speeds.add_step(0.6, 1, 50)
    assert speeds.prompt_tokens_per_s == pytest.approx(100.0)


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
    assert speeds.prompt_tokens_per_s == pytest.approx(100.0)
