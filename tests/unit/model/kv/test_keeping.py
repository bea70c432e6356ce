"""Chats that are put back instead of read again: the step loop with a store, on the scripted engine."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.core.protocol.frames import CheckPrefixes, Finished, Message, PrefixStatuses, Started
from services.model.engine.base import Capabilities
from services.model.engine.scripted import ScriptedEngine
from services.model.kv.store import Fetch, KvStore, Limits
from tests.unit.model.house import House, ask, said

LONG = "a long question that fills more than one block, " * 8
READING_S = 0.02  # a token; so slow that whatever is kept is worth its way back


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def warm_house(
    folder: Path,
    *,
    idle_cells: int = 0,
    capabilities: Capabilities | None = None,
    parallel: int = 2,
    **limits: int,
) -> House:
    store = KvStore(folder, "scripted", Limits(**{"disk": 10**9, "least_free": 0, **limits}))
    store.start()
    wait_for(lambda: store.scanned)
    engine = ScriptedEngine(n_ctx=2048, token_s=READING_S, capabilities=capabilities)
    engine.facts = replace(engine.facts, idle_cells=idle_cells)
    return House(engine=engine, store=store, parallel=parallel)


def settle(house: House) -> None:
    """Run, and let time pass until nothing is left to copy."""
    house.run()
    house.engine.clock.advance(30)
    while house.loop.rest_s() == 0.0:
        house.loop.step()
    assert house.store is not None
    house.store.drain(time.monotonic() + 10)


def follow_up(house: House, history: list[Message], number: int, **more: object) -> Finished:
    house.ask(ask(number, history=[*history, said("user", "and?")], max_tokens=5, **more))  # type: ignore[arg-type]
    house.run()
    return house.one(number, Finished)


def first_turn(house: House, number: int = 1) -> list[Message]:
    question = said("user", LONG)
    house.ask(ask(number, history=[question], chat="c", max_tokens=20))
    settle(house)
    return [question, said("assistant", "", house.tokens(number))]


def test_a_chat_goes_on_after_a_restart_without_being_read_again(tmp_path: Path) -> None:
    house = warm_house(tmp_path)
    history = first_turn(house)
    cold, warm = House(engine=ScriptedEngine(n_ctx=2048)), warm_house(tmp_path)
    usage = follow_up(warm, history, 2).usage
    assert follow_up(cold, history, 2).usage.cached_tokens == 0
    assert usage.prompt_tokens - usage.cached_tokens <= len("<\n<user\nand?<\n<assistant\n") + 16
    assert warm.text(2) == cold.text(2)
    assert warm.loop.keeper.totals.restores == 1
    assert warm.loop.keeper.totals.tokens == usage.cached_tokens
    assert warm.one(2, Started).cached_tokens == usage.cached_tokens


def test_an_evicted_chat_is_put_back_from_memory_or_disk(tmp_path: Path) -> None:
    house = warm_house(tmp_path, idle_cells=10)
    question = said("user", LONG)
    house.ask(ask(1, history=[question], chat="c", max_tokens=20))
    house.run()
    house.ask(ask(2, "another chat alone", max_tokens=3))
    house.run()
    history = [question, said("assistant", "", house.tokens(1))]
    usage = follow_up(house, history, 3, chat="c").usage
    assert usage.prompt_tokens - usage.cached_tokens < 50


def test_a_new_chat_with_the_same_template_begins_with_what_another_chat_left(tmp_path: Path) -> None:
    template = [said("system", "You are a stove. " * 20), said("user", "warm?"), said("assistant", "very")]
    house = warm_house(tmp_path)
    house.ask(ask(1, history=[*template, said("user", "first question")], max_tokens=10))
    settle(house)
    again = warm_house(tmp_path)
    again.ask(ask(2, history=[*template, said("user", "something else")], max_tokens=10))
    again.run()
    assert again.one(2, Started).cached_tokens >= 340
    cold = House(engine=ScriptedEngine(n_ctx=2048))
    cold.ask(ask(2, history=[*template, said("user", "something else")], max_tokens=10))
    cold.run()
    assert again.text(2) == cold.text(2)


def test_others_go_on_while_a_kept_chat_comes_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = warm_house(tmp_path)
    history = first_turn(house)
    held: list[Fetch] = []

    def read_slowly(_store: KvStore, job: Fetch) -> None:
        held.append(job)
        time.sleep(0.3)

    monkeypatch.setattr(KvStore, "_read", read_slowly)
    again = warm_house(tmp_path, parallel=3)
    again.ask(ask(1, "hello", user="a", max_tokens=100))
    again.run(3)
    again.ask(ask(2, history=[*history, said("user", "and?")], user="b", max_tokens=5))
    before = len(again.tokens(1))
    again.run(5)
    assert len(again.tokens(1)) == before + 5
    assert not again.of(2, Started)
    again.ask(ask(3, "a new chat that nobody kept", user="c", chat="new", max_tokens=2), connection=2)
    again.run(15)
    assert (bool(again.of(3, Started, connection=2)), bool(again.of(2, Started))) == (True, False)
    wait_for(lambda: bool(held) and held[0].done)
    again.run()
    assert again.one(2, Finished).reason == "length"


def test_waiting_for_the_disk_alone_is_rest_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = first_turn(warm_house(tmp_path))
    monkeypatch.setattr(KvStore, "_read", lambda _store, _job: time.sleep(0.2))
    house = warm_house(tmp_path)
    house.ask(ask(2, history=[*history, said("user", "and?")], max_tokens=5))
    house.loop.step()
    assert (house.loop.rest_s() or 0.0) > 0
    house.loop.generation.abort(1, 2)
    assert house.one(2, Finished).reason == "aborted"
    assert house.loop.idle


def test_a_stop_keeps_the_last_used_chats_and_the_one_in_mid_answer(tmp_path: Path) -> None:
    house = warm_house(tmp_path)
    house.ask(ask(1, LONG, max_tokens=400))
    house.run(40)
    said_so_far = house.tokens(1)
    assert len(said_so_far) > 10
    house.loop.close(time.monotonic() + 10)
    again = warm_house(tmp_path)
    again.ask(ask(1, LONG, max_tokens=400, resume=said_so_far))
    again.run(3)
    started = again.one(1, Started)
    assert started.context.used - (again.loop.keeper.totals.tokens) <= 17


def test_a_chat_that_rests_is_kept_once_and_only_its_new_end_again(tmp_path: Path) -> None:
    house = warm_house(tmp_path)
    history = first_turn(house)
    assert house.store is not None
    first = house.store.stats.written
    settle(house)
    assert house.store.stats.written == first
    follow_up(house, history, 2, chat="c")
    settle(house)
    assert first < house.store.stats.written < 2 * first


def test_an_engine_without_snapshots_keeps_nothing(tmp_path: Path) -> None:
    house = warm_house(tmp_path, capabilities=Capabilities(partial_reuse=False, fork=True, grammar=False))
    history = first_turn(house)
    assert house.loop.keeper.store_stats.files == 0
    assert follow_up(house, history, 2).reason == "length"


def test_a_vanished_caller_s_chat_stays_in_the_pool_for_two_minutes() -> None:
    engine = ScriptedEngine(n_ctx=2048)
    engine.facts = replace(engine.facts, idle_cells=10)
    house = House(engine=engine)
    house.ask(ask(1, LONG, chat="c", max_tokens=100), connection=1)
    house.run(30)
    before = house.tokens(1)
    house.loop.vanish(1)
    house.ask(ask(2, "somebody else alone", max_tokens=5), connection=2)
    house.run()
    house.ask(ask(3, LONG, chat="c", max_tokens=100, resume=before), connection=2)
    house.run(1)
    started = house.one(3, Started, connection=2)
    assert started.context.used == started.prompt_tokens + len(before)
    assert started.cached_tokens == started.prompt_tokens
    assert sum(count for _, count in house.engine.steps[-1]) == 1
    house.run()
    house.engine.clock.advance(121)
    house.ask(ask(4, "alone again", max_tokens=5), connection=2)
    house.run()
    assert house.loop.generation.sequences.resident == 1


def test_the_engine_says_how_warm_a_chat_would_start(tmp_path: Path) -> None:
    template = (said("system", "You are a stove. " * 20), said("user", "warm?"), said("assistant", "very"))
    other = (said("system", "You are a lamp. " * 20),)
    house = warm_house(tmp_path)
    house.loop.handle(1, CheckPrefixes(7, (template, other, ())))
    cold = [status for status in house.one(7, PrefixStatuses).statuses if status]
    assert [status.cached for status in cold] == [0, 0, 0]
    house.ask(ask(1, history=[*template, said("user", "first question")], max_tokens=10))
    settle(house)
    for number, warm in ((8, house), (9, warm_house(tmp_path))):
        warm.loop.handle(1, CheckPrefixes(number, (template, other)))
        known, unknown = (status for status in warm.one(number, PrefixStatuses).statuses if status)
        assert known.tokens == known.cached == cold[0].tokens > 340
        assert unknown.cached < 20
        assert known.cold_s > 0


def test_a_used_up_day_is_rest_not_work(tmp_path: Path) -> None:
    house = warm_house(tmp_path, daily_write=1000)
    first_turn(house)
    house.engine.clock.advance(1000)
    assert house.loop.rest_s() is None
    assert house.loop.keeper.store_stats.files == 1
    follow_up(house, [], 3)
    house.engine.clock.advance(1000)
    assert house.loop.rest_s() is None


def test_a_sequence_that_cannot_be_copied_out_harms_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise ValueError("it holds something else")

    monkeypatch.setattr(ScriptedEngine, "export", refuse)
    house = warm_house(tmp_path)
    history = first_turn(house)
    usage = follow_up(house, history, 2, chat="c").usage
    assert usage.prompt_tokens - usage.cached_tokens < 50
    assert house.loop.keeper.store_stats.files == 0


def test_what_is_being_typed_is_not_kept_on_disk_until_it_is_sent(tmp_path: Path) -> None:
    house = warm_house(tmp_path)
    history = first_turn(house)
    typed = [*history, said("user", "a secret that is only being typed " * 12)]
    house.ask(ask(2, history=typed, chat="c", draft=True))
    settle(house)
    assert house.one(2, Finished).usage.prompt_tokens > 700
    house.loop.close(time.monotonic() + 5)
    again = warm_house(tmp_path)
    again.ask(ask(1, history=typed, chat="c", max_tokens=2))
    settle(again)
    usage = again.one(1, Finished).usage
    said_before = usage.prompt_tokens - len("a secret that is only being typed " * 12)
    assert said_before - 40 < usage.cached_tokens <= said_before
    third = warm_house(tmp_path)
    third.ask(ask(1, history=typed, chat="c", max_tokens=2))
    settle(third)
    assert third.one(1, Finished).usage.cached_tokens > said_before + 300
