"""What a model will need, from its file's header alone, and whether that fits: pure sums, in bytes."""

from dataclasses import dataclass
from typing import Literal

from services.core.free_memory import FreeMemory
from services.model.gguf_facts import GgufFacts

KvType = Literal["f16", "q8_0"]

KV_BYTES: dict[KvType, float] = {"f16": 2.0, "q8_0": 34 / 32}
PROCESS_BYTES = 110_000_000
"""Interpreter, libraries and the vocabulary in the native library's maps."""
MIN_CONTEXT_TOKENS = 512
ENCODER_TOKENS = 512
_CONTEXT_STEP = 256
_F32 = 4


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """The sum, item by item. `max_context_tokens` is the largest context that would fit, 0 when none would."""

    weights: int
    kv: int
    compute: int
    embedder: int
    process: int
    free: int
    limited_by: str
    context_tokens: int
    max_context_tokens: int
    reranker: int = 0

    @property
    def total(self) -> int:
        return self.weights + self.kv + self.compute + self.embedder + self.reranker + self.process

    @property
    def fits(self) -> bool:
        return self.total <= self.free

    @property
    def load_mode(self) -> Literal["none", "mmap"]:
        """In memory once where it fits; mapped and read again from disk as needed where an owner insists."""
        return "none" if self.fits else "mmap"

    @property
    def repack(self) -> bool:
        """A mapped model must not be copied into repacked weights: that copy is what does not fit."""
        return self.fits

    def refusal(self, name: str) -> str:
        """A sentence with the sum and what would help."""
        if self.max_context_tokens:
            advice = f"set engine.context_tokens to {self.max_context_tokens} or less, choose a smaller model"
        else:
            advice = "choose a smaller model"
        reranker = f"reranking model {_gib(self.reranker)}, " if self.reranker else ""
        return (
            f"{name} needs {_gib(self.total)}: weights {_gib(self.weights)}, {self.context_tokens} tokens of context "
            f"{_gib(self.kv)}, work space {_gib(self.compute)}, embedding model {_gib(self.embedder)}, {reranker}"
            f"the process {_gib(self.process)}; the {self.limited_by} has {_gib(self.free)} free: {advice}, "
            "or set model.allow_oversize"
        )


def plan_memory(
    facts: GgufFacts,
    free: FreeMemory,
    *,
    context_tokens: int,
    kv_type: KvType,
    batch_tokens: int,
    sequences: int,
    embedder: GgufFacts | None,
    reranker: GgufFacts | None = None,
    weight_bytes: int = 0,
) -> MemoryPlan:
    """`batch_tokens`: computed at a time. `sequences`: how many may ask for logits in one step. `weight_bytes`: of all
    files, where there are several."""
    weights = max(facts.weight_bytes, weight_bytes)
    flash = kv_type != "f16"
    compute = compute_bytes(
        facts, batch_tokens=batch_tokens, outputs=sequences, context_tokens=context_tokens, flash=flash
    )
    attention = _attention_bytes_per_position(facts, batch_tokens, flash=flash)
    readers = _encoder_bytes(embedder) + _encoder_bytes(reranker)
    fixed = weights + compute - context_tokens * attention + PROCESS_BYTES + readers
    per_token = kv_bytes(facts, 1, kv_type) + attention
    room = int((free.free_bytes - fixed) // per_token) if per_token else context_tokens
    largest = min(room // _CONTEXT_STEP * _CONTEXT_STEP, facts.number("context_length", room))
    return MemoryPlan(
        weights=weights,
        kv=kv_bytes(facts, context_tokens, kv_type),
        compute=compute,
        embedder=_encoder_bytes(embedder),
        reranker=_encoder_bytes(reranker),
        process=PROCESS_BYTES,
        free=free.free_bytes,
        limited_by=free.limited_by,
        context_tokens=context_tokens,
        max_context_tokens=largest if largest >= MIN_CONTEXT_TOKENS else 0,
    )


def kv_bytes(facts: GgufFacts, tokens: int, kv_type: KvType) -> int:
    """Keys and values of `tokens` positions in all layers."""
    heads = max(facts.number("attention.head_count", 1), 1)
    head = facts.number("embedding_length", 0) // heads
    width = facts.number("attention.key_length", head) + facts.number("attention.value_length", head)
    kv_heads = sum(facts.per_layer("attention.head_count_kv", heads))
    return int(tokens * kv_heads * width * KV_BYTES[kv_type])


def compute_bytes(facts: GgufFacts, *, batch_tokens: int, outputs: int, context_tokens: int, flash: bool) -> int:
    """Work space of the native library: activations of what is computed at a time, the attention mask, the attention
    scores of one layer (flash attention keeps none), and the logits."""
    width = 5 * facts.number("embedding_length", 0) + 3 * facts.number("feed_forward_length", 0)
    activations = batch_tokens * width * _F32
    attention = context_tokens * _attention_bytes_per_position(facts, batch_tokens, flash=flash)
    return activations + attention + 2 * outputs * facts.n_vocab * _F32


def _attention_bytes_per_position(facts: GgufFacts, batch_tokens: int, *, flash: bool) -> int:
    scores = 0 if flash else max(facts.number("attention.head_count", 1), 1) * _F32
    return batch_tokens * (2 + _F32 + scores)


def _encoder_bytes(facts: GgufFacts | None) -> int:
    """An embedding or reranking model; none reads more than ENCODER_TOKENS at a time."""
    if facts is None:
        return 0
    batch = min(facts.number("context_length", ENCODER_TOKENS), ENCODER_TOKENS)
    work = compute_bytes(facts, batch_tokens=batch, outputs=0, context_tokens=batch, flash=False)
    vocabulary = 450 * facts.n_vocab  # the native tokenizer's maps, measured
    return facts.weight_bytes + work + vocabulary


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"
