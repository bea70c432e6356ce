"""The native engine's guards and its exactness, on the real small model."""

from collections.abc import Iterator

import pytest

from services.core.errors import ModelUnavailable
from services.core.paths import PROJECT_ROOT
from services.core.protocol.frames import Sampling
from services.model.engine.base import Outcome, Slice
from services.model.engine.batch import NativeBatch
from services.model.engine.embedder import LlamaEmbedder
from services.model.engine.llama import LlamaEngine
from services.model.engine.native import LoadOptions, start_backend
from services.model.prefix import common_prefix
from services.model.speeds import Speeds
from services.model.warmup import warm_up
from tests.unit.model.house import said

MODELS = PROJECT_ROOT / ".cache" / "models"
CHAT = MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf"
EMBEDDER = MODELS / "multilingual-e5-small.Q4_0.gguf"
OPTIONS = LoadOptions(context_tokens=512, batch_tokens=64)


def _go_on(_percent: int) -> bool:
    return True


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaEngine]:
    start_backend()
    engine = LlamaEngine(CHAT, OPTIONS, _go_on)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def empty(engine: LlamaEngine) -> None:
    for seq in range(engine.facts.n_seq_max):
        engine.cut(seq, 0)


def _greedy(engine: LlamaEngine, seq: int, start: int, tokens: list[int], count: int) -> list[int]:
    """Read `tokens` and generate `count` more, one token a step."""
    sampler = engine.sampler(Sampling(temperature=0.0), tokens, 0)
    assert engine.decode([Slice(seq, start, tokens, sample=True)]) is Outcome.DONE
    said: list[int] = []
    for _ in range(count):
        said.append(sampler.sample(0)[0])
        engine.decode([Slice(seq, start + len(tokens) + len(said) - 1, said[-1:], sample=True)])
    sampler.close()
    return said


def test_a_fork_says_what_its_source_would_have_said(engine: LlamaEngine) -> None:
    tokens = engine.tokenizer.tokenize("The capital of France is", special=False)
    beginning, last = tokens[:-1], tokens[-1:]
    engine.decode([Slice(0, 0, beginning, sample=False)])
    engine.fork(0, 1, len(beginning))
    engine.fork(0, 2, 2)
    assert _greedy(engine, 0, len(beginning), last, 6) == _greedy(engine, 1, len(beginning), last, 6)


def test_what_was_cut_off_is_forgotten(engine: LlamaEngine) -> None:
    tokens = engine.tokenizer.tokenize("One two three four five", special=False)
    engine.decode([Slice(0, 0, tokens[:-1], sample=False)])
    fresh = _greedy(engine, 0, len(tokens) - 1, tokens[-1:], 5)
    assert engine.cut(0, len(tokens) - 1)
    assert _greedy(engine, 0, len(tokens) - 1, tokens[-1:], 5) == fresh


def test_an_interrupted_step_is_rolled_back_and_can_be_repeated(engine: LlamaEngine) -> None:
    tokens = engine.tokenizer.tokenize("The sea is wide and", special=False)
    expected = _greedy(engine, 0, 0, tokens, 5)
    engine.interrupt()
    assert engine.decode([Slice(1, 0, tokens, sample=True)]) is Outcome.INTERRUPTED
    assert _greedy(engine, 1, 0, tokens, 5) == expected


def test_a_full_pool_is_an_answer_not_an_end(engine: LlamaEngine) -> None:
    tokens = [100] * 64
    for seq in range(8):
        assert engine.decode([Slice(seq, 0, tokens, sample=False)]) is Outcome.DONE
    assert engine.decode([Slice(9, 0, tokens, sample=False)]) is Outcome.FULL
    engine.cut(3, 0)
    assert engine.decode([Slice(9, 0, tokens, sample=False)]) is Outcome.DONE


def test_a_batch_beyond_its_size_never_reaches_the_library() -> None:
    batch = NativeBatch(8)
    with pytest.raises(ValueError, match="9 tokens"):
        batch.fill([Slice(0, 0, [1] * 9, sample=False)])
    with pytest.raises(ValueError, match="0 tokens"):
        batch.fill([])
    assert batch.fill([Slice(0, 5, [1, 2], sample=True), Slice(3, 0, [9], sample=True)]) == [1, 2]
    native = batch.native
    rows: list[tuple[object, ...]] = [(native.pos[i], native.seq_id[i][0], native.logits[i]) for i in range(3)]
    assert rows == [(5, 0, 0), (6, 0, 1), (0, 3, 1)]


def test_pieces_are_bytes_and_control_tokens_are_none(engine: LlamaEngine) -> None:
    text = "온돌 🙂 ok"
    tokens = engine.tokenizer.tokenize(text, special=False)
    assert b"".join(map(engine.piece, tokens)).decode() == text
    (marker,) = engine.tokenizer.tokenize("<|im_end|>", special=True)
    assert engine.ends(marker)
    assert engine.piece(marker) == b""
    assert len(engine.tokenizer.tokenize("<|im_end|>", special=False)) > 1
    for bad in (-1, engine.facts.n_vocab):
        with pytest.raises(ValueError, match="vocabulary"):
            engine.piece(bad)


def test_warming_up_measures_and_leaves_nothing_behind(engine: LlamaEngine) -> None:
    speeds = Speeds()
    warm_up(engine, speeds)
    assert speeds.decode_tokens_per_s() > 0
    assert engine.decode([Slice(0, 0, [1, 2, 3], sample=True)]) is Outcome.DONE


def test_loading_can_be_given_up() -> None:
    with pytest.raises(ModelUnavailable):
        LlamaEngine(CHAT, OPTIONS, lambda _percent: False)


def test_each_kind_of_model_is_refused_in_the_other_s_place() -> None:
    with pytest.raises(ModelUnavailable, match="is no chat model"):
        LlamaEngine(EMBEDDER, OPTIONS, _go_on)
    with pytest.raises(ModelUnavailable, match="is no embedding model"):
        LlamaEmbedder(CHAT, OPTIONS)


def test_more_texts_than_the_embedder_takes_never_reach_the_library() -> None:
    embedder = LlamaEmbedder(EMBEDDER, OPTIONS)
    with pytest.raises(ValueError, match="texts"):
        embedder.embed([(0, 5, 2)] * (embedder.max_batch_texts + 1))
    with pytest.raises(ValueError, match="tokens"):
        embedder.embed([tuple(range(10, 310))] * 2)
    assert len(embedder.tokenize("한" * 5000, "query")) <= embedder.max_batch_tokens
    embedder.close()


def test_turns_of_the_real_template_only_grow_at_their_end(engine: LlamaEngine) -> None:
    first = [said("user", "hello")]
    answer = (520, 9531)
    second = [*first, said("assistant", "", answer), said("user", "more")]
    before, after = (
        [token for piece in engine.chat_format.encode(chat) for token in piece.tokens] for chat in (first, second)
    )
    assert common_prefix(after, [*before, *answer]) == len(before) + len(answer)


def test_another_size_keeps_the_weights_and_what_the_model_says() -> None:
    engine = LlamaEngine(CHAT, OPTIONS, _go_on)
    tokens = engine.tokenizer.tokenize("The capital of France is", special=False)
    said = _greedy(engine, 0, 0, tokens, 8)
    kept = engine.export(0, 0, len(tokens))
    for n_ctx, parallel in ((256, 1), (1024, 4)):
        engine.resize(n_ctx, parallel)
        assert engine.facts.n_ctx == n_ctx
        assert engine.facts.n_seq_max == parallel + OPTIONS.spare_sequences
        assert engine.restore(0, kept, (0, len(tokens)), (0, len(tokens) - 1))
        assert _greedy(engine, 0, len(tokens) - 1, tokens[-1:], 8) == said
    engine.interrupt()
    assert engine.decode([Slice(1, 0, tokens, sample=False)]) is Outcome.INTERRUPTED
    engine.close()
