"""Reranking between the steps of the chat."""

import pytest

from services.core.protocol.frames import Abort, Failed, Rerank, Reranked, Tokens
from services.model.engine.base import EngineFault
from tests.unit.model.house import House, ask


def test_one_score_a_text_in_order_however_many_calls_it_takes() -> None:
    house = House()
    texts = ("the pump", "a rose", "who replaced the pump", "the", "", "pump " * 200)
    house.loop.handle(1, Rerank(id=1, query="who replaced the pump", texts=texts))
    house.run()
    assert house.one(1, Reranked).scores == (2.0, 0.0, 4.0, 1.0, 0.0, 1.0)
    assert max(house.reranker.calls) > 1


def test_no_texts_no_scores() -> None:
    house = House()
    house.loop.handle(1, Rerank(id=1, query="pump", texts=()))
    assert house.one(1, Reranked).scores == ()


def test_answers_go_on_between_its_calls() -> None:
    house = House()
    house.ask(ask(1, "hi", max_tokens=50))
    house.run(3)
    house.loop.handle(1, Rerank(id=2, query="pump", texts=("w " * 30,) * 6))
    said = []
    while not house.of(2, Reranked):
        house.loop.step()
        said.append(len(house.of(1, Tokens)))
    assert house.reranker.calls == [1] * 6
    assert said == sorted(set(said))


def test_on_a_slow_box_one_pair_a_call() -> None:
    house = House()
    house.reranker.token_s = 0.1
    house.loop.handle(1, Rerank(id=1, query="pump", texts=("a b",) * 30))
    house.run()
    assert house.reranker.calls[0] > 1
    assert house.reranker.calls[-3:] == [1, 1, 1]


def test_what_cannot_be_read_in_time_is_left_out() -> None:
    house = House()
    house.reranker.token_s = 0.01
    house.loop.handle(1, Rerank(id=1, query="pump", texts=("w " * 18,) * 50, within_s=1.5))
    began = house.engine.clock.now
    house.run()
    scores = house.one(1, Reranked).scores
    assert 5 <= len(scores) <= 7
    assert house.engine.clock.now - began <= 1.5
    house.loop.handle(1, Rerank(id=2, query="pump", texts=("pump",) * 3, within_s=0.0))
    house.run()
    assert house.one(2, Reranked).scores == (1.0,)


@pytest.mark.parametrize("how", ["abort", "vanish"])
def test_what_nobody_waits_for_any_more_is_not_read(how: str) -> None:
    house = House()
    house.loop.handle(1, Rerank(id=1, query="pump", texts=("w " * 30,) * 50))
    house.loop.handle(2, Rerank(id=1, query="pump", texts=("pump",)))
    house.run(2)
    if how == "abort":
        house.loop.handle(1, Abort(1))
    else:
        house.loop.vanish(1)
    house.run()
    assert not house.of(1, Reranked)
    assert house.one(1, Reranked, connection=2).scores == (1.0,)
    assert len(house.reranker.calls) == 3


def test_without_a_reranker_a_typed_answer() -> None:
    house = House(reranker=False)
    house.loop.handle(1, Rerank(id=1, query="pump", texts=("pump",)))
    failed = house.one(1, Failed)
    assert (failed.code, "rag.reranker" in failed.message) == ("model_unavailable", True)


def test_a_fault_ends_that_request_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    house.ask(ask(1, "hi", max_tokens=5))
    house.loop.handle(1, Rerank(id=2, query="pump", texts=("pump",)))

    def fail(_pairs: object) -> list[float]:
        raise EngineFault("llama_encode returned -3")

    monkeypatch.setattr(house.reranker, "score", fail)
    house.run()
    assert house.one(2, Failed).code == "model_unavailable"
    assert len(house.tokens(1)) == 5
