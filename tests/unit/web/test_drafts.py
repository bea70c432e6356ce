"""What of a draft is read, and what is remembered of its search."""

import pytest

from services.web.chat.drafts import finished_part
from services.web.chat.foresight import FRESH_S, Foresight
from services.web.chat.prompt import Passage
from services.web.chat.settings import ChatSettings

SOME = ChatSettings(document_ids=["3"])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("Hel", ""),
        ("Hello wor", "Hello"),
        ("Hello world ", "Hello world"),
        ("  Hello\n\nwor", "Hello"),
        ("온돌은 따뜻", "온돌은"),
        ("请告诉我这座老房子的暖地板是怎么用石头建起来的", "请告诉我这座老房子的暖"),
    ],
)
def test_the_word_being_typed_is_left_out(typed: str, read: str) -> None:
    assert finished_part(typed) == read


@pytest.mark.parametrize("typed", ["one two", "one\ntwo three ", "x" * 60, " 가 나다 라마바사"])
def test_what_is_read_is_always_how_the_sent_message_begins(typed: str) -> None:
    for length in range(len(typed)):
        assert typed.strip().startswith(finished_part(typed[:length]))


def passage(chunk: str) -> Passage:
    return Passage(1, "7", "a.txt", chunk, None, 0, 5, "words", 1.0)


def test_a_search_is_used_once_for_the_same_question_and_documents() -> None:
    foresight = Foresight(lambda: 0.0)
    foresight.keep(1, "why? ", SOME, [passage("c")])
    assert foresight.peek(1, "why", SOME) is None
    assert foresight.peek(1, "why?", ChatSettings()) is None
    assert foresight.peek(1, " why?", SOME) == [passage("c")]
    assert foresight.take(1, "why?", SOME) == [passage("c")]
    assert foresight.take(1, "why?", SOME) is None


def test_an_old_search_is_made_again() -> None:
    now = [0.0]
    foresight = Foresight(lambda: now[0])
    foresight.keep(1, "why?", SOME, [passage("c")])
    now[0] = FRESH_S + 1
    assert foresight.take(1, "why?", SOME) is None
