"""What is read when a chat no longer fits: by rank, a quarter at once, and the same again on the next turn."""

import functools
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.errors import ContextOverflow
from services.core.protocol.frames import Message, Part
from services.model.engine.vocabulary import Vocabulary
from services.model.layout import Layout, lay_out
from services.model.template import ChatFormat, probe
from tests.unit.model.vocabularies import SMOLLM2, load_vocabulary

TURN, CHUNK = 1, 2
N_CTX, RESERVE = 400, 60


@functools.cache
def vocabulary() -> Vocabulary:
    return load_vocabulary(SMOLLM2)


@functools.cache
def chatml() -> ChatFormat:
    return probe("", vocabulary(), bos_text="", eos_text="")


def lay(messages: list[Message], n_ctx: int = N_CTX, reserve: int = RESERVE) -> Layout:
    return lay_out(messages, chatml(), vocabulary(), n_ctx=n_ctx, reserve_tokens=reserve)


def words(count: int) -> str:
    return " ".join(["word"] * count)


def chat(turns: int, *, length: int = 20, chunk: int = 0) -> list[Message]:
    """A system text and `turns` questions with answers, the last one open; old chunks outrank old turns."""
    messages = [Message(role="system", parts=(Part(id="system", text="be kind"),))]
    for turn in range(turns):
        last = turn == turns - 1
        question = Part(id=f"u{turn}", text=words(length), drop_rank=0 if last else TURN)
        chunks = (Part(id=f"c{turn}", text=words(chunk), drop_rank=1 if last else CHUNK),) if chunk else ()
        messages.append(Message(role="user", parts=(*chunks, question)))
        if not last:
            answer = tuple(vocabulary().tokenize(words(length), special=False))
            messages.append(Message(role="assistant", parts=(Part(f"a{turn}", "", answer, TURN),)))
    return messages


def test_what_fits_is_left_whole() -> None:
    layout = lay(chat(3))
    assert layout.dropped_part_ids == ()
    assert layout.used == len(layout.tokens) <= N_CTX - RESERVE


def test_old_turns_go_with_their_answers_and_a_quarter_is_freed() -> None:
    turns = next(n for n in range(1, 30) if lay(chat(n)).dropped_part_ids)
    before, after = lay(chat(turns - 1)), lay(chat(turns))
    assert after.dropped_part_ids[:2] == ("u0", "a0")
    questions = [part[1:] for part in after.dropped_part_ids if part[0] == "u"]
    answers = [part[1:] for part in after.dropped_part_ids if part[0] == "a"]
    assert questions == answers
    assert before.used - after.used >= N_CTX // 4 - 60
    assert after.used <= N_CTX - RESERVE


def test_chunks_of_old_turns_go_before_any_turn() -> None:
    layout = lay(chat(3, chunk=90))
    assert layout.dropped_part_ids
    assert all(part.startswith("c") for part in layout.dropped_part_ids)
    assert layout.dropped_part_ids[0] == "c0"


@pytest.mark.parametrize("chunk", [0, 15, 40])
def test_successive_turns_share_their_prefix_until_the_next_quarter_goes(chunk: int) -> None:
    """Each turn either extends what the last one read, or drops at least a quarter more; nothing dropped comes back."""
    layouts = [lay(chat(turns, chunk=chunk)) for turns in range(1, 25)]
    rereads = 0
    for before, after in pairwise(layouts):
        assert set(before.dropped_part_ids) <= set(after.dropped_part_ids)
        if before.dropped_part_ids == after.dropped_part_ids:
            assert after.tokens[: before.used] == before.tokens
        else:
            rereads += 1
    assert 3 <= rereads <= 14


def test_the_same_chat_is_laid_out_the_same() -> None:
    assert lay(chat(20, chunk=15)) == lay(chat(20, chunk=15))


def test_system_examples_and_the_question_stay() -> None:
    example = [
        Message(role="user", parts=(Part("e0", "example question"),)),
        Message(role="assistant", parts=(Part("e1", "example answer"),)),
    ]
    messages = chat(12)
    layout = lay([messages[0], *example, *messages[1:]])
    assert layout.dropped_part_ids
    assert {"system", "e0", "e1", "u11"}.isdisjoint(layout.dropped_part_ids)


def test_a_question_that_cannot_fit_is_an_overflow_with_both_numbers() -> None:
    messages = [*chat(3)[:-1], Message(role="user", parts=(Part("q", words(500)),))]
    with pytest.raises(ContextOverflow) as caught:
        lay(messages)
    assert caught.value.params["n_ctx"] == N_CTX
    needed = caught.value.params["needed_tokens"]
    assert isinstance(needed, int)
    assert needed > N_CTX
    assert lay(messages, n_ctx=needed).dropped_part_ids == ("u0", "a0", "u1", "a1")


def test_chunks_of_the_question_itself_go_last() -> None:
    messages = chat(3, length=30, chunk=60)
    crowded = [*messages[:-1], Message(role="user", parts=(Part("c2", words(250), None, 9), Part("u2", words(30))))]
    layout = lay(crowded)
    assert "u2" not in layout.dropped_part_ids
    assert {"c0", "c1", "u0", "a0", "u1", "a1"} <= set(layout.dropped_part_ids)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40), st.integers(0, 3)), min_size=1, max_size=12),
    st.integers(200, 500),
)
def test_it_fits_or_says_so_and_never_drops_rank_0(turns: list[tuple[int, int, int]], n_ctx: int) -> None:
    messages = []
    for number, (length, chunk, rank) in enumerate(turns):
        parts = (
            Part(f"c{number}", words(chunk), None, rank and rank + 1),
            Part(f"u{number}", words(length), None, rank),
        )
        messages.append(Message(role="user", parts=parts))
        messages.append(Message(role="assistant", parts=(Part(f"a{number}", words(chunk), None, rank),)))
    messages.append(Message(role="user", parts=(Part("q", "why?"),)))
    budget = n_ctx - 40
    pinned = {part.id for message in messages for part in message.parts if part.drop_rank == 0}
    try:
        layout = lay(messages, n_ctx=n_ctx, reserve=40)
    except ContextOverflow as error:
        needed = int(str(error.params["needed_tokens"])) - 40
    else:
        needed = 0
        assert layout.used <= budget
        assert pinned.isdisjoint(layout.dropped_part_ids)
    assert needed == 0 or needed > budget
