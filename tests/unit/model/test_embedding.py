"""Embeddings between the steps of the chat."""

from collections.abc import Sequence

import pytest

from services.core.protocol.frames import (
    CountTokens,
    Embed,
    Embedded,
    Failed,
    Finished,
    GetStats,
    Priority,
    Stats,
    TokenCounts,
    Tokens,
)
from services.model.engine.base import EngineFault
from tests.unit.model.house import House, ask


def _embed(request_id: int, *texts: str, priority: Priority = "query") -> Embed:
    return Embed(id=request_id, texts=texts, kind="query" if priority == "query" else "passage", priority=priority)


def test_one_vector_a_text_in_order() -> None:
    house = House()
    house.loop.handle(1, _embed(1, "a", "b c", "d e f", "g", "h i", "j"))
    house.run()
    lengths = [vector[0] for vector in house.one(1, Embedded).vectors]
    assert lengths == [2, 3, 4, 2, 3, 2]
    assert house.embedder.calls == [4, 2]


def test_no_call_takes_more_than_the_embedder_can() -> None:
    house = House()
    house.loop.handle(1, _embed(1, *["w " * 12] * 5, priority="ingest"))
    house.run()
    assert house.embedder.calls == [2, 2, 1]


def test_on_a_slow_box_one_text_a_call_so_that_a_question_need_not_wait() -> None:
    house = House()
    for _ in range(30):
        house.loop.speeds.add_embedding(1.0, 20)
    house.loop.handle(1, _embed(1, *["w " * 9] * 3, priority="ingest"))
    house.run(1)
    assert house.embedder.calls == [1]


def test_what_the_library_cannot_compute_ends_that_request_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    embed = house.embedder.embed

    def faulty(texts: Sequence[Sequence[int]]) -> list[bytes]:
        if len(texts[0]) == 3:
            raise EngineFault("llama_encode returned -3")
        return embed(texts)

    monkeypatch.setattr(house.embedder, "embed", faulty)
    house.loop.handle(1, _embed(1, "two words"))
    house.loop.handle(1, _embed(2, "one"))
    house.run()
    assert house.one(1, Failed).code == "model_unavailable"
    assert house.one(2, Embedded).vectors


def test_no_texts_no_vectors() -> None:
    house = House()
    house.loop.handle(1, _embed(1))
    assert house.one(1, Embedded).vectors == ()


def test_a_question_comes_before_the_next_step_and_before_the_library() -> None:
    house = House()
    house.ask(ask(1, "hi", max_tokens=50))
    house.run(3)
    house.loop.handle(1, _embed(2, *["word"] * 40, priority="ingest"))
    house.loop.step()
    house.loop.handle(1, _embed(3, "what"))
    house.loop.step()
    assert house.of(3, Embedded)
    assert not house.of(2, Embedded)


def test_the_library_leaves_the_chat_nine_tenths_of_its_speed() -> None:
    quiet, busy = House(), House()
    for house in (quiet, busy):
        house.ask(ask(1, "hi", max_tokens=300))
    busy.loop.handle(1, _embed(2, *["w " * 20] * 100, priority="ingest"))
    seconds = []
    for house in (quiet, busy):
        began = house.engine.clock.now
        while not house.of(1, Finished):
            house.loop.step()
        seconds.append(house.engine.clock.now - began)
    assert seconds[0] / seconds[1] >= 0.9
    assert busy.embedder.calls
    busy.run()
    assert len(busy.one(2, Embedded).vectors) == 100


def test_alone_the_library_gets_all_the_time() -> None:
    house = House()
    house.loop.handle(1, _embed(1, *["w " * 20] * 8, priority="ingest"))
    steps = 0
    while not house.loop.idle:
        house.loop.step()
        steps += 1
    assert steps <= 8


def test_an_aborted_or_vanished_request_is_dropped() -> None:
    house = House()
    for connection in (1, 2):
        house.loop.handle(connection, _embed(7, *["w"] * 9, priority="ingest"))
    house.loop.handle(1, _embed(8, "w"))
    house.loop.vanish(2)
    house.run()
    assert not house.of(7, Embedded, connection=2)
    assert house.of(7, Embedded)
    assert house.of(8, Embedded)


def test_without_an_embedder_it_is_said_and_the_chat_works() -> None:
    house = House(embedder=False)
    house.loop.handle(1, _embed(1, "w"))
    house.loop.handle(1, CountTokens(id=2, texts=("w",), vocabulary="embedder"))
    house.ask(ask(3, "hi", max_tokens=2))
    house.run()
    assert house.one(1, Failed).code == house.one(2, Failed).code == "model_unavailable"
    assert house.of(3, Tokens)


def test_tokens_are_counted_in_either_vocabulary() -> None:
    house = House()
    house.loop.handle(1, CountTokens(id=1, texts=("온돌", "", "<|im_end|>")))
    house.loop.handle(1, CountTokens(id=2, texts=("two words",), vocabulary="embedder"))
    assert house.one(1, TokenCounts).counts == (6, 0, 10)
    assert house.one(2, TokenCounts).counts == (2,)


def test_stats_tell_of_the_pool_and_the_speeds() -> None:
    house = House()
    house.ask(ask(1, "hi there", max_tokens=10))
    house.run()
    house.ask(ask(2, "hi there", max_tokens=10))
    house.run(3)
    house.loop.handle(1, GetStats(id=3))
    stats = house.one(3, Stats)
    assert (stats.active, stats.queued, stats.resident_sequences) == (1, 0, 1)
    assert stats.pool_used_tokens == house.engine.used
    assert stats.prompt_tokens_total == 2 * house.one(1, Finished).usage.prompt_tokens
    assert stats.cached_tokens_total > 0
    assert stats.completion_tokens_total == 10 + len(house.tokens(2))
    assert stats.decode_tokens_per_s > 0
