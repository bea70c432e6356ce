"""The reranker on the native library, against the same network in numpy."""

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from services.core.errors import ModelUnavailable
from services.core.paths import PROJECT_ROOT
from services.model.engine.native import LoadOptions, start_backend
from services.model.engine.reranker import LlamaReranker
from services.model.gguf_facts import read_facts
from tests.rankmodel import POSITIONS, SEP, WIDTH, Weights, make_weights, score, tokens_of, write_rank_model

MODELS = PROJECT_ROOT / ".cache" / "models"
OPTIONS = LoadOptions(threads=1)
QUERY = "who replaced the pump"
TEXTS = ("the boiler pump was replaced", "the deposit was returned", "rose and garden", "pump")


def _load(path: Path) -> LlamaReranker:
    return LlamaReranker(path, read_facts(path), OPTIONS)


@pytest.fixture(scope="module")
def weights() -> Weights:
    start_backend()
    return make_weights()


@pytest.fixture
def reranker(tmp_path: Path, weights: Weights) -> Iterator[LlamaReranker]:
    write_rank_model(tmp_path / "rank.gguf", weights)
    reranker = _load(tmp_path / "rank.gguf")
    yield reranker
    reranker.close()


def test_pairs_are_written_with_the_marks_that_the_vocabulary_adds(reranker: LlamaReranker) -> None:
    for text in TEXTS:
        assert reranker.tokenize(QUERY, text) == tuple(tokens_of(QUERY, text))


def test_scores_are_those_of_the_network_alone_and_together(reranker: LlamaReranker, weights: Weights) -> None:
    expected = [score(weights, tokens_of(QUERY, text)) for text in TEXTS]
    pairs = [reranker.tokenize(QUERY, text) for text in TEXTS]
    together = reranker.score(pairs)
    alone = [reranker.score([pair])[0] for pair in pairs]
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(together, expected, atol=0.02)
    np.testing.assert_allclose(alone, together, atol=1e-4)
    assert reranker.score(pairs) == together


def test_long_pairs_are_cut_to_what_the_model_takes(reranker: LlamaReranker) -> None:
    assert reranker.max_batch_tokens == POSITIONS
    pair = reranker.tokenize("pump " * 500, "rose " * 500)
    assert (len(pair), pair[-1]) == (POSITIONS, SEP)
    short = reranker.tokenize("pump", "rose " * 500)
    assert (len(short), short[:4]) == (POSITIONS, tuple(tokens_of("pump", "rose"))[:4])
    assert len(reranker.tokenize("", "")) == 4
    assert np.isfinite(reranker.score([pair])).all()


def test_a_mark_in_a_text_stays_text(reranker: LlamaReranker) -> None:
    assert reranker.tokenize("pump", "[SEP] rose").count(SEP) == 3


def test_more_than_a_call_takes_never_reaches_the_library(reranker: LlamaReranker) -> None:
    with pytest.raises(ValueError, match="tokens"):
        reranker.score([reranker.tokenize("pump", "rose " * 90)] * 2)
    with pytest.raises(ValueError, match="texts"):
        reranker.score([(2, 3)] * (reranker.max_batch_texts + 1))


@pytest.mark.parametrize(
    ("missing", "labels", "pooling", "reason"),
    [
        ("cls", 0, gguf.PoolingType.RANK, "ranking head is missing"),
        ("cls.output", 0, gguf.PoolingType.RANK, f"gives {WIDTH} values for 1 labels"),
        ("", 3, gguf.PoolingType.RANK, "gives 1 values for 3 labels"),
        ("", 0, gguf.PoolingType.MEAN, "pooling is not rank"),
    ],
)
def test_a_file_without_a_usable_head_is_refused_before_the_library_sees_it(
    tmp_path: Path, weights: Weights, missing: str, labels: int, pooling: int, reason: str
) -> None:
    kept = {name: w for name, w in weights.items() if not missing or not name.startswith(f"{missing}.")}
    write_rank_model(tmp_path / "odd.gguf", kept, labels=labels, pooling=pooling)
    with pytest.raises(ModelUnavailable, match=reason):
        _load(tmp_path / "odd.gguf")


def test_several_labels_count_by_the_first(tmp_path: Path, weights: Weights) -> None:
    two = {**weights}
    two["cls.output.weight"] = np.concatenate([weights["cls.output.weight"], -3 * weights["cls.output.weight"]])
    two["cls.output.bias"] = np.zeros(2, np.float32)
    write_rank_model(tmp_path / "two.gguf", two, labels=2)
    reranker = _load(tmp_path / "two.gguf")
    pairs = [reranker.tokenize(QUERY, text) for text in TEXTS]
    expected = [score({**two, "cls.output.weight": two["cls.output.weight"][:1]}, list(pair)) for pair in pairs]
    np.testing.assert_allclose(reranker.score(pairs), expected, atol=0.02)
    reranker.close()


@pytest.mark.parametrize("name", ["SmolLM2-135M-Instruct.Q4_1.gguf", "multilingual-e5-small.Q4_0.gguf"])
def test_other_models_are_no_rerankers(name: str) -> None:
    with pytest.raises(ModelUnavailable, match="is no reranking model"):
        _load(MODELS / name)
