"""The model process with a reranking model, over its socket."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from services.core.errors import ModelUnavailable
from services.core.protocol.client import ModelClient
from tests.integration.model.box import Box, answer, ask
from tests.rankmodel import WORDS, make_weights, score, tokens_of, write_rank_model

RERANKER = "tiny-rank.gguf"
QUERY = "who replaced the pump"
TEXTS = ("the boiler pump was replaced", "the deposit was returned", "rose and garden", *WORDS * 4)


def _place(box: Box) -> Path:
    box.fill()
    box.settings["rag__reranker"] = RERANKER
    return box.models / RERANKER


async def test_scores_come_over_the_socket_while_others_talk(box: Box) -> None:
    weights = make_weights()
    write_rank_model(_place(box), weights)
    await box.start()
    async with box.client() as client:
        assert client.state is not None
        assert client.state.facts is not None
        assert (client.state.facts.reranker, client.state.reranker_reason) == ("tiny-rank", "")
        talk = asyncio.create_task(answer(client, ask(client, "Talk.", max_tokens=30)))
        scores = await client.rerank(QUERY, TEXTS)
        expected = [score(weights, tokens_of(QUERY, text)) for text in TEXTS]
        np.testing.assert_allclose(scores, expected, atol=0.02)
        assert await client.rerank(QUERY, TEXTS) == pytest.approx(scores, abs=1e-4)
        assert await client.rerank(QUERY, ()) == ()
        assert (await talk).text
        assert len(await client.embed(["pump"], kind="query")) == 1


async def test_a_caller_that_gives_up_is_not_waited_for(box: Box) -> None:
    write_rank_model(_place(box), make_weights())
    await box.start()
    async with box.client() as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await client.rerank("pump " * 30, ["rose " * 60] * 20_000)
        assert len(await client.rerank("pump", ["rose", "pump"])) == 2


@pytest.mark.parametrize(
    ("damage", "reason"), [("missing", "is missing"), ("cut", "cut off"), ("chat", "no reranking")]
)
async def test_without_a_usable_one_everything_else_goes_on(box: Box, damage: str, reason: str) -> None:
    path = _place(box)
    if damage == "cut":
        write_rank_model(path, make_weights())
        path.write_bytes(path.read_bytes()[:-5000])
    elif damage == "chat":
        box.settings["rag__reranker"] = next(str(file) for file in box.models.glob("SmolLM2*"))
    await box.start()
    async with box.client() as client:
        assert client.state is not None
        assert reason in client.state.reranker_reason
        with pytest.raises(ModelUnavailable, match=reason):
            await client.rerank("pump", ["rose"])
        await _talks_and_embeds(client)


async def test_none_is_set_by_default(box: Box) -> None:
    box.fill()
    await box.start()
    async with box.client() as client:
        assert client.state is not None
        assert client.state.reranker_reason == ""
        with pytest.raises(ModelUnavailable, match=r"rag\.reranker"):
            await client.rerank("pump", ["rose"])


async def _talks_and_embeds(client: ModelClient) -> None:
    assert (await answer(client, ask(client, "hi", max_tokens=2))).text
    assert len(await client.embed(["pump"], kind="query")) == 1
