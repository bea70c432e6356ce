"""A whole house with a reranking model: what it says about dropped files is the order of the search."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance import Appliance, Json, Person, eventually, person
from tests.rankmodel import make_weights, score, tokens_of, write_rank_model

QUERY = "who replaced the pump"
TEXTS = {
    "a.txt": "the pump was replaced",
    "b.txt": "the boiler and the pump was replaced and returned",
    "c.txt": "the garden pump was returned and the rose was replaced",
    "d.txt": "who returned the deposit and replaced the pump",
}


@pytest.fixture
def ranked(tmp_path: Path) -> Iterator[Appliance]:
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    write_rank_model(home / "models" / "tiny-rank.gguf", make_weights())
    appliance = Appliance(
        home,
        ONDOL_ENGINE__CALIBRATE="false",
        ONDOL_INGEST__SETTLE_S="0.3",
        ONDOL_RAG__RERANKER="tiny-rank.gguf",
        ONDOL_RAG__RERANK_TIMEOUT_MS="10000",
    )
    try:
        yield appliance.start()
    finally:
        appliance.stop()


async def _results(who: Person, count: int) -> list[Json] | None:
    answer = await who.http.get("/api/rag/search/", params={"q": QUERY, "k": 5})
    results: list[Json] = answer.json()["results"]
    return results if len(results) == count else None


async def test_the_search_follows_the_reranker(ranked: Appliance) -> None:
    weights = make_weights()
    expected = sorted(TEXTS, key=lambda name: -score(weights, tokens_of(QUERY, TEXTS[name])))
    async with person(ranked, "minsu") as minsu:
        for name, text in TEXTS.items():
            _drop(ranked.home, name, text)
        results = await eventually(lambda: _results(minsu, len(TEXTS)), timeout_s=15)
        assert [hit["title"] for hit in results] == expected
        assert all(0 < hit["score"] <= 1 for hit in results)
        engine = (await minsu.http.get("/api/engine/")).json()
        assert engine["reranker"] == {"name": "tiny-rank", "reason": ""}
        installed = (await minsu.http.get("/api/models/")).json()["installed"]
        assert "tiny-rank.gguf" not in [file["file"] for file in installed]


def _drop(home: Path, name: str, text: str) -> None:
    (home / "inbox" / "shared" / name).write_text(text)
