"""A reranker behind the search: it orders, and nothing else depends on it."""

import asyncio
import math
from collections.abc import Callable, Sequence

import pytest

from services.core.config import Config
from services.core.errors import ModelUnavailable
from services.web.library.types import Hit
from tests.integration.library.conftest import MINSU, HashingEmbedder, Shelf, opened

QUERY = "pump replaced"
TEXTS = {
    "a.txt": "The pump was replaced.",
    "b.txt": "The pump of the second circuit was replaced in March by Kim and Sons.",
    "c.txt": "Nobody knows when the pump in the garden was last looked at.",
}
WAIT_S = 20.0


class WordReranker:
    """Texts with more of `loved` in them are better."""

    def __init__(self, loved: str = "garden") -> None:
        self.loved = loved
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.cancelled = 0

    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> Sequence[float]:
        self.asked.append((query, tuple(texts)))
        return [float(text.count(self.loved)) for text in texts]


class Late(WordReranker):
    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> Sequence[float]:
        try:
            await asyncio.sleep(WAIT_S)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await super().rerank(query, texts)


class Away(WordReranker):
    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> Sequence[float]:
        raise ModelUnavailable("the reranking model is missing", reason="missing")


class Hasty(WordReranker):
    """Reads two texts in the time there is."""

    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> Sequence[float]:
        assert within_s is not None
        assert 0 < within_s < 1.5
        return await super().rerank(query, texts[:2])


class TooMany(WordReranker):
    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> Sequence[float]:
        return [*await super().rerank(query, texts), 1.0]


class NotNumbers(WordReranker):
    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> Sequence[float]:
        return [math.nan for _ in texts]


MakeConfig = Callable[..., Config]


async def _filled(shelf: Shelf) -> None:
    for name, text in TEXTS.items():
        await shelf.drop(f"minsu/{name}", text)
    await shelf.settled()


async def _found(config: Config, reranker: WordReranker | None, query: str = QUERY, k: int = 5) -> list[Hit]:
    async with opened(config, HashingEmbedder(), reranker=reranker) as shelf:
        await _filled(shelf)
        return await shelf.library.search(MINSU, query, k=k)


def _titles(hits: Sequence[Hit]) -> list[str]:
    return [hit.title for hit in hits]


async def test_the_reranker_s_order_with_the_search_s_scores(make_config: MakeConfig) -> None:
    plain = await _found(make_config(), None)
    reranker = WordReranker()
    hits = await _found(make_config(ONDOL_RAG__RERANKER="rank.gguf"), reranker)
    assert _titles(plain)[0] != "c.txt"
    assert _titles(hits) == ["c.txt", *(title for title in _titles(plain) if title != "c.txt")]
    assert {hit.title: hit.score for hit in hits} == {hit.title: hit.score for hit in plain}
    assert reranker.asked == [(QUERY, tuple(TEXTS[title] for title in _titles(plain)))]


async def test_off_by_default_nobody_is_asked(make_config: MakeConfig) -> None:
    reranker = WordReranker()
    await _found(make_config(), reranker)
    assert reranker.asked == []


async def test_only_the_best_are_read_and_the_others_come_behind(make_config: MakeConfig) -> None:
    reranker = WordReranker(loved="circuit")
    config = make_config(ONDOL_RAG__RERANKER="rank.gguf", ONDOL_RAG__RERANK_PASSAGES="2")
    hits = await _found(config, reranker)
    ((_, read),) = reranker.asked
    assert len(read) == 2
    assert [hit.text for hit in hits][:2] == sorted(read, key=lambda text: -text.count("circuit"))
    assert len(hits) == len(TEXTS)


async def test_what_was_read_in_time_is_put_in_order(make_config: MakeConfig) -> None:
    plain = _titles(await _found(make_config(), None))
    hasty = Hasty(loved=TEXTS[plain[1]].split()[-1])
    hits = await _found(make_config(ONDOL_RAG__RERANKER="rank.gguf"), hasty)
    assert _titles(hits) == [plain[1], plain[0], plain[2]]


async def test_a_document_is_shown_by_the_passage_that_the_reranker_likes_best(make_config: MakeConfig) -> None:
    text = "The pump was replaced.\n\nA page about nothing.\n\nThe pump in the garden was replaced by another one."
    config = make_config(ONDOL_RAG__RERANKER="rank.gguf")
    async with opened(config, HashingEmbedder(), reranker=WordReranker()) as shelf:
        await shelf.drop("minsu/log.txt", text)
        await shelf.settled()
        (hit,) = await shelf.library.search(MINSU, QUERY, k=5)
    assert hit.text == "The pump in the garden was replaced by another one."
    assert hit.more[0].text == "The pump was replaced."


@pytest.mark.parametrize("kind", [Late, Away, TooMany, NotNumbers])
async def test_late_away_or_wrong_the_search_keeps_its_order(make_config: MakeConfig, kind: type[WordReranker]) -> None:
    plain = await _found(make_config(), None)
    reranker = kind()
    config = make_config(ONDOL_RAG__RERANKER="rank.gguf", ONDOL_RAG__RERANK_TIMEOUT_MS="50")
    async with asyncio.timeout(WAIT_S / 2):
        hits = await _found(config, reranker)
    assert _titles(hits) == _titles(plain)
    assert reranker.cancelled == (1 if kind is Late else 0)


async def test_what_the_search_does_not_find_is_not_asked_about(make_config: MakeConfig) -> None:
    reranker = WordReranker()
    hits = await _found(make_config(ONDOL_RAG__RERANKER="rank.gguf"), reranker, query="zebra xylophone")
    assert (hits, reranker.asked) == ([], [])


async def test_the_self_test_s_line_names_the_reranker(make_config: MakeConfig) -> None:
    async with opened(make_config(ONDOL_RAG__RERANKER="/models/rank.gguf")) as shelf:
        assert "reranker rank.gguf over 20" in await shelf.library.setup()
