"""What may be shown of an answer, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.model.streams import TextStream


def _feed(stream: TextStream, pieces: list[bytes]) -> list[str]:
    return [stream.feed(piece) for piece in pieces]


@pytest.mark.parametrize("text", ["온돌은 따뜻하다", "a🙂b👨‍👩‍👧c", "é€𝄞"])
def test_characters_come_whole_when_bytes_come_one_by_one(text: str) -> None:
    stream = TextStream(())
    shown = _feed(stream, [bytes([byte]) for byte in text.encode()])
    assert "".join(shown) == text
    assert all("\ufffd" not in part for part in shown)


def test_an_unfinished_character_is_dropped_at_the_end() -> None:
    stream = TextStream(())
    assert _feed(stream, [b"ab", "온".encode()[:2]]) == ["ab", ""]
    assert stream.finish() == ""


def test_bytes_that_are_no_text_become_a_replacement_and_the_rest_goes_on() -> None:
    stream = TextStream(())
    assert "".join(_feed(stream, [b"a\xff", b"b"])) == "a\ufffdb"


def test_a_stop_string_across_pieces_is_never_shown() -> None:
    stream = TextStream(("</answer>",))
    assert _feed(stream, [b"yes<", b"/ans", b"wer", b"> more"]) == ["yes", "", "", ""]
    assert stream.stopped
    assert stream.feed(b"later") == ""
    assert stream.finish() == ""


def test_what_only_looked_like_a_stop_string_is_shown_late() -> None:
    stream = TextStream(("###",))
    assert _feed(stream, [b"a#", b"#", b"b#"]) == ["a", "", "##b"]
    assert stream.finish() == "#"


def test_the_first_of_several_stop_strings_counts() -> None:
    stream = TextStream(("world", "lo w"))
    assert stream.feed(b"hello world") == "hel"
    assert stream.stopped


def test_empty_stop_strings_stop_nothing() -> None:
    stream = TextStream(("",))
    assert stream.feed(b"abc") == "abc"


def test_only_the_first_space_is_stripped() -> None:
    stream = TextStream((), strip_first_space=True)
    assert _feed(stream, [b" a", b" b"]) == ["a", " b"]


@given(
    st.text(alphabet="ab#🙂", max_size=30),
    st.lists(st.text(alphabet="ab#", min_size=1, max_size=4), max_size=3),
    st.data(),
)
def test_any_cutting_shows_the_text_up_to_the_first_stop_string(
    text: str, stop: list[str], data: st.DataObject
) -> None:
    raw = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    stream = TextStream(stop)
    shown = ""
    for piece in pieces:
        shown += stream.feed(piece)
        assert not any(s in shown for s in stop)
    shown += stream.finish()
    assert text.startswith(shown)
    ends = [text.find(s) for s in stop if s in text]
    if not ends:
        assert shown == text
    else:
        assert stream.stopped
        assert not any(s in shown for s in stop)


@given(st.binary(max_size=40), st.integers(0, 40))
def test_feeding_old_tokens_again_restores_what_was_held_back(raw: bytes, at: int) -> None:
    pieces = [bytes([byte]) for byte in raw]
    whole = TextStream(("ab", "\x01\x02\x03"))
    shown = _feed(whole, pieces)
    resumed = TextStream(("ab", "\x01\x02\x03"))
    _feed(resumed, pieces[:at])
    assert _feed(resumed, pieces[at:]) == shown[at:]
