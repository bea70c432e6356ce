"""What is read while somebody types, and who goes first."""

from services.core.protocol.frames import Failed, Finished, Started
from services.model.engine.base import Capabilities
from services.model.engine.scripted import ScriptedEngine
from tests.unit.model.house import House, ask, said

HISTORY = [said("user", "what is an ondol? " * 8), said("assistant", "a warm floor " * 8)]


def read_for(house: House, request_id: int) -> int:
    """Prompt tokens that were not there yet."""
    usage = house.one(request_id, Finished).usage
    return usage.prompt_tokens - usage.cached_tokens


def test_a_draft_that_grows_and_is_sent_is_read_once() -> None:
    house = House()
    for i, text in enumerate(("", "and how", "and how is it", "and how is it built"), 1):
        house.ask(ask(i, history=[*HISTORY, said("user", text)], chat="c", draft=True))
        house.run()
    house.ask(ask(9, history=[*HISTORY, said("user", "and how is it built?")], chat="c", max_tokens=3))
    house.run()
    assert read_for(house, 2) == len("and how")
    assert read_for(house, 9) == len("?<\n<assistant\n")
    read = sum(count for step in house.engine.steps for _, count in step if count > 1)
    prompt = house.one(9, Started).prompt_tokens
    assert read <= prompt + 4


def test_a_changed_draft_keeps_what_it_shares_with_the_one_before() -> None:
    house = House()
    house.ask(ask(1, history=[*HISTORY, said("user", "tell me more")], chat="c", draft=True))
    house.run()
    house.ask(ask(2, history=[*HISTORY, said("user", "tell us")], chat="c", draft=True))
    house.run()
    assert read_for(house, 2) == len("us")


def test_a_question_takes_over_what_its_draft_has_read_so_far() -> None:
    house = House()
    house.ask(ask(1, history=[*HISTORY, said("user", "why")], chat="c", draft=True))
    house.run(3)
    assert not house.of(1, Finished)
    done = sum(count for step in house.engine.steps for _, count in step)
    house.ask(ask(2, history=[*HISTORY, said("user", "why not")], chat="c", max_tokens=2))
    assert house.one(1, Finished).reason == "aborted"
    house.run()
    assert house.one(2, Finished).usage.cached_tokens == done


def test_somebody_s_question_is_computed_in_the_very_next_step_and_the_draft_goes_on_afterwards() -> None:
    house = House(parallel=1)
    house.ask(ask(1, "x" * 300, chat="typing", draft=True))
    house.run(2)
    before = len(house.engine.steps)
    house.ask(ask(2, "now", user="b", max_tokens=6))
    house.run()
    alone = House()
    alone.ask(ask(2, "now", user="b", max_tokens=6))
    alone.run()
    mine = [sum(count for _, count in step) for step in house.engine.steps[before : before + len(alone.engine.steps)]]
    assert mine[0] == house.one(2, Started).prompt_tokens - house.one(2, Started).cached_tokens
    assert mine[1:] == [1] * 5
    ends = [frame.id for _, frame in house.frames if isinstance(frame, Finished)]
    assert ends == [2, 1]
    assert house.text(2) == alone.text(2)


def test_a_step_for_drafts_is_short() -> None:
    house = House(engine=ScriptedEngine(n_batch=64, token_s=0.02))
    house.ask(ask(1, "x" * 400, chat="typing", draft=True))
    house.run()
    assert max(count for step in house.engine.steps[2:] for _, count in step) == 16


def test_a_draft_for_a_chat_that_is_being_answered_is_not_read() -> None:
    house = House()
    house.ask(ask(1, "hello", chat="c", max_tokens=20))
    house.run(3)
    house.ask(ask(2, "hello", chat="c", draft=True))
    assert house.one(2, Finished).reason == "aborted"
    house.run()
    assert house.one(1, Finished).reason == "length"


def test_an_engine_that_cannot_cut_reads_no_drafts() -> None:
    house = House(engine=ScriptedEngine(capabilities=Capabilities(partial_reuse=False, fork=True, grammar=False)))
    house.ask(ask(1, "hello", chat="c", draft=True))
    assert house.one(1, Finished).reason == "aborted"
    assert house.engine.steps == []


def test_drafts_take_no_places_in_the_line_and_count_for_nothing() -> None:
    house = House(parallel=1, max_queue=2)
    for i in range(1, 5):
        house.ask(ask(i, f"draft {i}", user=f"u{i}", chat=f"d{i}", draft=True))
    for i in range(11, 14):
        house.ask(ask(i, "q", user=f"u{i}", max_tokens=3))
    assert not [frame for _, frame in house.frames if isinstance(frame, Failed)]
    house.run()
    totals = house.loop.generation.totals
    assert totals.prompt_tokens == 3 * house.one(11, Started).prompt_tokens
    assert house.loop.speeds.answer_tokens == 3
