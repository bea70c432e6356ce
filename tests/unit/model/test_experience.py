"""Estimates learn from what became of them."""

import itertools

import pytest

from services.model.experience import Experience


def test_without_experience_an_estimate_stands() -> None:
    assert Experience().corrected(3.0) == 3.0
    assert Experience().corrected(0.0) == 0.0


def test_what_always_takes_longer_is_told_longer_and_only_for_waits_of_that_length() -> None:
    known = Experience()
    for _ in range(30):
        known.learn(0.02, 0.05)
        known.learn(8.0, 6.0)
    assert known.corrected(0.0156) == pytest.approx(0.039, rel=0.05)
    assert known.corrected(8.0) == pytest.approx(6.0, rel=0.01)
    assert known.corrected(1.0) == 1.0
    assert Experience(known.saved()).corrected(8.0) == known.corrected(8.0)


def test_one_surprise_is_not_believed_whole() -> None:
    known = Experience()
    known.learn(1.0, 1.0)
    known.learn(1.0, 500.0)
    assert 1.0 < known.corrected(1.0) < 1.5
    known.learn(0.0, 5.0)
    known.learn(5.0, 0.0)
    assert known.corrected(5.0) == pytest.approx(5.0, rel=0.3)


def test_factors_change_smoothly_from_class_to_class() -> None:
    known = Experience()
    known.learn(1.0, 2.0)
    told = [known.corrected(0.5 + step / 100) for step in range(150)]
    assert all(-0.001 < later - earlier < 0.06 for earlier, later in itertools.pairwise(told))
