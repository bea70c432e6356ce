"""The memory sum: known sizes of the 7B shape, what is refused and what would fit."""

from pathlib import Path

from services.core.free_memory import FreeMemory
from services.model.engine.embedder import LlamaEmbedder
from services.model.engine.native import LoadOptions
from services.model.gguf_facts import GgufFacts, Tensor, Value, read_facts
from services.model.memory_plan import KvType, MemoryPlan, kv_bytes, plan_memory
from tests.unit.model.vocabularies import SMOLLM2

GIB = 2**30
EMBEDDER = SMOLLM2.with_name("multilingual-e5-small.Q4_0.gguf")


def seven_b() -> GgufFacts:
    values: dict[str, Value] = {
        "general.architecture": "llama",
        "llama.block_count": 32,
        "llama.embedding_length": 4096,
        "llama.feed_forward_length": 14336,
        "llama.attention.head_count": 32,
        "llama.attention.head_count_kv": 8,
        "llama.context_length": 32768,
    }
    weights = Tensor("all", (1,), 0, 0, 4_367_704_064)
    return GgufFacts(values, {"tokenizer.ggml.tokens": 32000}, (weights,), 0, 4_368_000_000)


def plan(
    free: float,
    *,
    context: int = 4096,
    kv_type: KvType = "f16",
    embedder: Path | None = EMBEDDER,
    reranker: Path | None = None,
) -> MemoryPlan:
    return plan_memory(
        seven_b(),
        FreeMemory(int(free * GIB), 8 * GIB, "machine"),
        context_tokens=context,
        kv_type=kv_type,
        batch_tokens=128,
        sequences=20,
        embedder=read_facts(embedder) if embedder else None,
        reranker=read_facts(reranker) if reranker else None,
    )


def test_the_kv_of_a_7b_is_128_kib_a_token_and_half_with_q8() -> None:
    assert kv_bytes(seven_b(), 4096, "f16") == 4096 * 131072
    assert kv_bytes(seven_b(), 4096, "q8_0") == 4096 * 69632


def test_heads_that_differ_from_layer_to_layer_are_added_up() -> None:
    facts = seven_b()
    values = {**facts.values, "llama.attention.head_count_kv": (8, *[0] * 30, 4)}
    mixed = GgufFacts(values, facts.lengths, facts.tensors, 0, 0)
    assert kv_bytes(mixed, 1, "f16") == 12 * 256 * 2


def test_the_sum_is_near_what_was_measured_and_never_under_it() -> None:
    """Measured: 4.75 GiB for the 7B shape at 4096 tokens, and 0.18 GiB more with the embedder."""
    assert 4.75 <= plan(16, embedder=None).total / GIB <= 4.90
    assert 4.93 <= plan(16).total / GIB <= 5.10


def test_a_reranker_counts_like_an_embedder_and_is_named_where_it_is_set() -> None:
    alone, both = plan(16), plan(16, reranker=EMBEDDER)
    assert both.total - alone.total == both.reranker == alone.embedder
    assert both.max_context_tokens <= alone.max_context_tokens
    assert "reranking model" in plan(4.8, reranker=EMBEDDER).refusal("seven")
    assert "reranking model" not in plan(4.8).refusal("seven")


def test_what_fits_is_loaded_once_and_repacked() -> None:
    fitting = plan(6)
    assert fitting.fits
    assert (fitting.load_mode, fitting.repack) == ("none", True)


def test_what_does_not_fit_is_refused_with_the_sum_and_the_largest_context() -> None:
    tight = plan(4.8)
    assert not tight.fits
    assert (tight.load_mode, tight.repack) == ("mmap", False)
    assert 0 < tight.max_context_tokens < 4096
    assert plan(4.8, context=tight.max_context_tokens).fits
    assert not plan(4.8, context=tight.max_context_tokens + 300).fits
    text = tight.refusal("mistral-7b")
    for piece in (
        "mistral-7b needs 4.96 GiB",
        "weights 4.07 GiB",
        "4.80 GiB free",
        f"to {tight.max_context_tokens} or less",
    ):
        assert piece in text


def test_where_no_context_would_fit_another_model_is_the_advice() -> None:
    hopeless = plan(4)
    assert hopeless.max_context_tokens == 0
    assert "choose a smaller model" in hopeless.refusal("x")
    assert "context_tokens to" not in hopeless.refusal("x")


def test_q8_kv_fits_where_f16_does_not() -> None:
    assert not plan(4.8).fits
    assert plan(4.8, kv_type="q8_0").fits


def test_the_embedder_stays_small_after_its_longest_text() -> None:
    """The library clears half a gigabyte of logits that an embedder never fills; it is given back."""
    before = _rss()
    embedder = LlamaEmbedder(EMBEDDER, LoadOptions(threads=1))
    vectors = embedder.embed([embedder.tokenize("word " * 600, "passage")])
    assert vectors == embedder.embed([embedder.tokenize("word " * 600, "passage")])
    assert _rss() - before < 320_000_000
    embedder.close()


def _rss() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024
