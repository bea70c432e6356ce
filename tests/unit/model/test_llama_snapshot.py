"""Keys and values out of the real engine and back into another one: the same words follow."""

from collections.abc import Iterator

import pytest

from services.core.paths import PROJECT_ROOT
from services.core.protocol.frames import Sampling
from services.model.engine.base import Outcome, Slice
from services.model.engine.llama import LlamaEngine
from services.model.engine.native import KvType, LoadOptions, start_backend

CHAT = PROJECT_ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
BLOCKS = [(0, 128), (128, 256), (256, 299)]


def load(kv_type: KvType, context_tokens: int = 768) -> LlamaEngine:
    start_backend()
    return LlamaEngine(CHAT, LoadOptions(context_tokens=context_tokens, kv_type=kv_type), lambda _percent: True)


@pytest.fixture(scope="module", params=["f16", "q8_0"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[LlamaEngine, LlamaEngine]]:
    """Two lives of the same model; the second with another length of context."""
    engines = load(request.param), load(request.param, 512)
    yield engines
    for engine in engines:
        engine.close()


@pytest.fixture(autouse=True)
def empty(pair: tuple[LlamaEngine, LlamaEngine]) -> None:
    for engine in pair:
        for seq in range(engine.facts.n_seq_max):
            engine.cut(seq, 0)


def tokens_of(engine: LlamaEngine) -> list[int]:
    text = "The floor is warm because hot air runs below it, and so the whole room is. " * 40
    return engine.tokenizer.tokenize(text, special=False)[:300]


def read(engine: LlamaEngine, seq: int, tokens: list[int]) -> None:
    assert engine.decode([Slice(seq, 0, tokens, sample=False)]) is Outcome.DONE


def greedy(engine: LlamaEngine, seq: int, tokens: list[int], count: int) -> list[int]:
    """All but the last of `tokens` are in the sequence already."""
    sampler = engine.sampler(Sampling(temperature=0.0), tokens, 0)
    at, token, said = len(tokens) - 1, tokens[-1], []
    for _ in range(count):
        assert engine.decode([Slice(seq, at, [token], sample=True)]) is Outcome.DONE
        at, token = at + 1, sampler.sample(0)[0]
        said.append(token)
    sampler.close()
    return said


def test_blocks_put_into_another_life_go_on_word_for_word(pair: tuple[LlamaEngine, LlamaEngine]) -> None:
    source, target = pair
    tokens = tokens_of(source)
    read(source, 3, tokens[:-1])
    blocks = [(span, bytes(source.export(3, *span))) for span in BLOCKS]
    expected = greedy(source, 3, tokens, 12)
    for span, payload in blocks:
        assert target.restore(0, payload, span, span)
    assert greedy(target, 0, tokens, 12) == expected


def test_a_part_of_a_block_is_enough_and_holes_in_the_pool_do_no_harm(pair: tuple[LlamaEngine, LlamaEngine]) -> None:
    source, target = pair
    tokens = tokens_of(source)
    read(source, 0, tokens[:256])
    first, second = (bytes(source.export(0, *span)) for span in BLOCKS[:2])
    for start in range(0, 120, 20):
        parts = [Slice(seq, start, tokens[start : start + 20], sample=False) for seq in (4, 5)]
        assert target.decode(parts) is Outcome.DONE
    target.cut(4, 0)
    read(target, 1, tokens[:50])
    assert target.restore(1, first, (0, 128), (50, 128))
    assert target.restore(1, second, (128, 256), (128, 201))
    source.cut(0, 201)
    assert greedy(target, 1, tokens[:202], 8) == greedy(source, 0, tokens[:202], 8)


def test_what_does_not_fit_is_refused_and_changes_nothing(pair: tuple[LlamaEngine, LlamaEngine]) -> None:
    source, target = pair
    tokens = tokens_of(source)
    read(source, 0, tokens[:256])
    payload = bytes(source.export(0, 0, 128))
    with pytest.raises(ValueError, match="holds"):
        source.export(0, 200, 300)
    assert not target.restore(0, payload, (128, 256), (128, 256))
    assert not target.restore(0, payload, (0, 100), (0, 100))
    assert not target.restore(0, payload, (0, 128), (10, 128))
    read(target, 1, tokens[:250])
    read(target, 2, tokens[:200])
    assert not target.restore(0, payload, (0, 128), (0, 128))
    target.cut(2, 0)
    assert target.restore(0, payload, (0, 128), (0, 128))


def test_another_kind_of_cache_is_refused() -> None:
    f16, q8_0 = load("f16", 512), load("q8_0", 512)
    read(f16, 0, tokens_of(f16)[:128])
    assert not q8_0.restore(0, bytes(f16.export(0, 0, 128)), (0, 128), (0, 128))
    f16.close()
    q8_0.close()
