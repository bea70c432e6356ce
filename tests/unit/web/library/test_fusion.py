import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.library.fusion import ANSWER_COSINE, FOREIGN_GAP, RELATED_COSINE, Candidate, candidates, fuse

NEAR, FAR = RELATED_COSINE + 0.1, RELATED_COSINE - 0.1


def test_words_and_meaning_are_weighed_against_each_other() -> None:
    found = candidates({1: 8.0, 2: 4.0}, {1: NEAR, 2: NEAR + 0.05, 3: RELATED_COSINE})
    assert dict(fuse(found, 0.5, 0.0)) == {
        1: pytest.approx((1 + 0.5 * (NEAR - RELATED_COSINE) / (NEAR + 0.05 - RELATED_COSINE)) / 1.5),
        2: pytest.approx((0.5 + 0.5) / 1.5),
        3: pytest.approx(0.0),
    }


def test_without_vectors_words_alone_fill_the_scale() -> None:
    assert fuse(candidates({1: 8.0, 2: 4.0}, {}), 0.5, 0.0) == [(1, 1.0), (2, 0.5)]


def test_what_shares_neither_word_nor_meaning_is_left_out() -> None:
    assert fuse(candidates({}, {1: FAR}), 0.5, 0.0) == []
    assert [i for i, _ in fuse(candidates({2: 1.0}, {1: FAR, 2: FAR}), 0.5, 0.0)] == [2]


def test_nothing_is_returned_where_nothing_is_about_it() -> None:
    between = (ANSWER_COSINE + RELATED_COSINE) / 2
    assert fuse(candidates({}, {1: between}), 0.5, 0.0) == []
    assert fuse(candidates({2: 1.0}, {1: between, 2: FAR}), 0.5, 0.0, coverage=0.1) == []
    assert {i for i, _ in fuse(candidates({}, {1: between, 3: ANSWER_COSINE}), 0.5, 0.0)} == {1, 3}
    assert fuse(candidates({2: 1.0}, {}), 0.5, 0.0, coverage=0.1) == [(2, 1.0)]  # no vectors: a word must do


def test_words_weigh_less_where_the_best_text_holds_few_of_them() -> None:
    found = candidates({1: 8.0, 2: 8.0 * 0.4}, {1: RELATED_COSINE, 2: NEAR})
    assert [i for i, _ in fuse(found, 0.5, 0.0, attainable=8.0)] == [1, 2]
    assert [i for i, _ in fuse(found, 0.5, 0.0, attainable=40.0)] == [2, 1]
    assert fuse(candidates({1: 8.0}, {}), 0.5, 0.0, attainable=40.0) == [(1, 1.0)]  # no vectors


def test_near_texts_of_another_script_are_among_the_first_four() -> None:
    words = {i: 10.0 - i for i in range(1, 7)}
    cosines = {**dict.fromkeys(words, NEAR), 7: NEAR, 8: NEAR - FOREIGN_GAP / 2, 9: NEAR - 2 * FOREIGN_GAP}
    ranked = [i for i, _ in fuse(candidates(words, cosines, {7, 8, 9}), 0.5, 0.0)]
    assert ranked == [1, 2, 7, 8, 3, 4, 5, 6, 9]
    assert [i for i, _ in fuse(candidates(words, cosines), 0.5, 0.0)][:6] == [1, 2, 3, 4, 5, 6]
    scores = [score for _, score in fuse(candidates(words, cosines, {7, 8, 9}), 0.5, 0.0)]
    assert scores == sorted(scores, reverse=True)


def test_a_text_of_another_script_that_is_first_stays_first() -> None:
    cosines = {1: NEAR, 2: NEAR + 0.05}
    assert [i for i, _ in fuse(candidates({1: 1.0}, cosines, {2}), 0.5, 0.0, attainable=50.0)] == [2, 1]


def test_what_scores_too_low_is_left_out() -> None:
    assert [i for i, _ in fuse(candidates({1: 10.0, 2: 1.0}, {}), 0.5, 0.15)] == [1]


@given(
    st.lists(
        st.builds(
            Candidate,
            st.integers(1, 10**6),
            st.none() | st.floats(0, 100, allow_nan=False),
            st.none() | st.floats(-1, 1, allow_nan=False),
        ),
        unique_by=lambda c: c.chunk_id,
    ),
    st.floats(0, 1),
)
def test_scores_lie_between_0_and_1_best_first(found: list[Candidate], weight: float) -> None:
    scores = [score for _, score in fuse(found, weight, 0.0)]
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
    assert scores == sorted(scores, reverse=True)
