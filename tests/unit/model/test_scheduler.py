"""Who gets what in a step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.model.scheduler import (
    MIN_ALONE_TOKENS,
    MIN_SLICE_TOKENS,
    IngestShare,
    Reader,
    Waiting,
    order,
    reading_budget,
    repeatable_slice,
    share_out,
)


def test_users_are_served_in_turn_not_by_how_much_they_ask() -> None:
    line = [Waiting(1, "a", 1.0), Waiting(2, "a", 2.0), Waiting(3, "a", 3.0), Waiting(4, "b", 4.0)]
    assert order(line, {}) == [1, 4, 2, 3]
    assert order(line, {"a": 1}) == [4, 1, 2, 3]


def test_parked_answers_go_first_and_drafts_last() -> None:
    line = [
        Waiting(1, "a", 1.0, draft=True),
        Waiting(2, "a", 2.0),
        Waiting(3, "b", 3.0, parked=True),
        Waiting(4, "c", 0.5, draft=True, parked=True),
    ]
    assert order(line, {}) == [3, 2, 4, 1]


def _budget(decoding: int, step_s: float, speed: float, stall_s: float = 0.6, most: int = 512) -> int:
    return reading_budget(
        decoding=decoding, step_s=step_s, prompt_tokens_per_s=speed, max_stall_s=stall_s, max_tokens=most
    )


def test_alone_a_reading_step_stays_under_a_second() -> None:
    assert 20 <= _budget(0, 0.0, 34.0) <= 34


def test_beside_others_a_step_stays_within_the_allowed_gap() -> None:
    assert 0.09 + _budget(1, 0.09, 34.0) / 34.0 <= 0.6


def test_a_slow_box_still_reads_half_of_the_time() -> None:
    assert _budget(4, 2.0, 5.0) == 10


def test_a_slice_is_never_tiny_and_never_more_than_a_batch() -> None:
    assert _budget(1, 0.5, 2.0) == MIN_SLICE_TOKENS
    assert _budget(0, 0.0, 1e6) == 512
    assert _budget(3, 0.1, 100.0, most=5) == 5


def test_a_busy_box_does_not_shrink_the_slices_of_a_lone_reader() -> None:
    assert _budget(0, 0.0, 3.0) == MIN_ALONE_TOKENS


def test_repeatable_slices_do_not_depend_on_speed_and_leave_the_last_token_alone() -> None:
    def cut(start: int, count: int) -> list[int]:
        sizes = []
        while start < 100:
            sizes.append(repeatable_slice(start, 99, count))
            start += sizes[-1]
        return sizes

    assert cut(0, 500) == cut(0, 40) == [32, 32, 32, 3, 1]
    assert cut(99, 500) == [1]
    assert cut(70, 77)[-2:] == [3, 1]


def test_a_short_question_is_read_beside_a_long_text() -> None:
    given_tokens = share_out([Reader(1, "a", 3000), Reader(2, "b", 20)], 100, 0)
    assert given_tokens == {1: 80, 2: 20}


def test_one_user_with_three_texts_gets_no_more_than_another_with_one() -> None:
    readers = [Reader(1, "a", 900), Reader(2, "a", 900), Reader(3, "a", 900), Reader(4, "b", 900)]
    given_tokens = share_out(readers, 120, 0)
    assert given_tokens[4] == pytest.approx(60, abs=2)
    assert sum(given_tokens[k] for k in (1, 2, 3)) == pytest.approx(60, abs=2)


def test_with_too_many_readers_they_take_turns() -> None:
    readers = [Reader(i, f"u{i}", 500) for i in range(4)]
    served = [set(share_out(readers, MIN_SLICE_TOKENS, turn)) for turn in range(4)]
    assert all(len(keys) == 1 for keys in served)
    assert set().union(*served) == {0, 1, 2, 3}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 400)), min_size=1, max_size=8),
    st.integers(1, 600),
    st.integers(0, 20),
)
def test_the_budget_is_used_as_far_as_there_is_to_read(readers: list[tuple[str, int]], budget: int, turn: int) -> None:
    entries = [Reader(i, user, unread) for i, (user, unread) in enumerate(readers)]
    given_tokens = share_out(entries, budget, turn)
    assert all(0 < given_tokens[k] <= entries[k].unread for k in given_tokens)
    assert sum(given_tokens.values()) <= budget
    if budget >= MIN_SLICE_TOKENS * len(entries):
        assert sum(given_tokens.values()) == min(budget, sum(entry.unread for entry in entries))


def test_background_work_earns_its_time_beside_a_chat() -> None:
    share = IngestShare(share=0.1)
    assert not share.allows(0.1)
    worked = 0.0
    for _ in range(1000):
        share.chat_step(0.01)
        if share.allows(0.1):
            share.spent(0.1)
            worked += 0.1
    assert worked == pytest.approx(1.0, abs=0.11)
