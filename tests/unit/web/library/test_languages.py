import pytest

from services.web.library.languages import FEWEST, SHIFT, means_of, moved
from services.web.library.vectors import pack, unpack

KOREAN, ENGLISH = "온돌은 따뜻하다", "The floor is warm"


def test_each_script_with_enough_texts_has_a_mean() -> None:
    rows = [(KOREAN, pack([1.0, 0.0]))] * FEWEST + [(ENGLISH, pack([0.0, float(n % 2)])) for n in range(2 * FEWEST)]
    assert means_of(rows) == {True: [1.0, 0.0], False: [0.0, 0.5]}
    assert list(means_of(rows[1:])) == [False]
    assert means_of([]) == {}


def test_vectors_of_another_length_are_left_out() -> None:
    rows = [(KOREAN, pack([1.0, 0.0]))] * FEWEST
    assert means_of([*rows, *[(KOREAN, pack([1.0, 0.0, 0.0]))] * 30]) == {True: [1.0, 0.0]}


def test_a_question_is_moved_towards_the_other_script() -> None:
    values = unpack(moved(pack([1.0, 0.0]), [1.0, 0.0], [0.0, 1.0]))
    length = ((1 - SHIFT) ** 2 + SHIFT**2) ** 0.5
    assert list(values) == pytest.approx([(1 - SHIFT) / length, SHIFT / length])
    assert moved(pack([0.0, 0.0]), [1.0, 0.0], [1.0, 0.0]) == pack([0.0, 0.0])
