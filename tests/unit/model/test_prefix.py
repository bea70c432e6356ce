"""Which sequence a prompt continues."""

from hypothesis import given
from hypothesis import strategies as st

from services.model.prefix import Choice, Resident, choose, common_prefix, oldest_idle

SYSTEM = list(range(20))


def _resident(seq: int, tokens: list[int], key: str = "", *, busy: bool = False, used: float = 0.0) -> Resident:
    return Resident(seq, key or f"chat{seq}", tokens, busy, used)


@given(st.lists(st.integers(0, 2), max_size=40), st.lists(st.integers(0, 2), max_size=40))
def test_common_prefix_is_what_counting_finds(left: list[int], right: list[int]) -> None:
    counted = 0
    while counted < min(len(left), len(right)) and left[counted] == right[counted]:
        counted += 1
    assert common_prefix(left, right) == counted


def test_a_chat_takes_its_own_sequence_over() -> None:
    residents = [_resident(3, [*SYSTEM, 50, 51], "mine"), _resident(4, [*SYSTEM, 60], "other")]
    assert choose(residents, [*SYSTEM, 50, 51, 52], "mine") == Choice("take", 3, 22)


def test_the_last_token_is_always_computed_anew() -> None:
    assert choose([_resident(0, SYSTEM, "mine")], SYSTEM, "mine") == Choice("take", 0, 19)


def test_a_new_chat_forks_the_longest_beginning_even_of_a_busy_sequence() -> None:
    residents = [_resident(0, SYSTEM[:10]), _resident(1, [*SYSTEM, 9, 9], busy=True)]
    assert choose(residents, [*SYSTEM, 7, 7], "new") == Choice("fork", 1, 20)


def test_another_chat_s_longer_beginning_beats_the_own_one() -> None:
    residents = [_resident(0, [*SYSTEM[:5], 99], "mine"), _resident(1, SYSTEM, "other")]
    assert choose(residents, [*SYSTEM, 1], "mine") == Choice("fork", 1, 20)


def test_a_busy_sequence_of_the_same_chat_is_not_taken_away() -> None:
    assert choose([_resident(2, SYSTEM, "mine", busy=True)], [*SYSTEM, 1], "mine") == Choice("fork", 2, 20)


def test_a_tiny_beginning_of_another_chat_is_not_worth_it() -> None:
    assert choose([_resident(0, [0, 1, 2])], [0, 1, 2, 3], "new") == Choice("new")


def test_without_partial_reuse_only_whole_sequences_count() -> None:
    residents = [_resident(0, [*SYSTEM, 99], "mine"), _resident(1, SYSTEM, "other")]
    assert choose(residents, [*SYSTEM, 1, 2], "mine", partial=False) == Choice("fork", 1, 20)


def test_without_fork_idle_sequences_are_taken_and_busy_ones_left() -> None:
    residents = [_resident(0, [*SYSTEM, 1], busy=True), _resident(1, SYSTEM[:12])]
    assert choose(residents, [*SYSTEM, 1, 2], "new", fork=False) == Choice("take", 1, 12)


def test_the_longest_unused_goes_first_and_busy_ones_never() -> None:
    residents = [
        _resident(0, [1], used=5),
        _resident(1, [1], used=1),
        _resident(2, [1], busy=True),
        _resident(3, [1], used=3),
    ]
    assert oldest_idle(residents, keep=(3,)) == [1, 0]
