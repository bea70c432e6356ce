"""An engine without a model, for tests where exact tokens, steps and rooms are the point.

A token is a byte; two more are ChatML's markers. It keeps real sequences with shared cells and refuses what would end a
native process. The next token is a function of what the sequence really contains, so a wrong reuse changes the answer.
"""

import hashlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace

from services.core.errors import ModelUnavailable
from services.core.protocol.frames import Sampling, TokenLogprob
from services.model.engine.base import Capabilities, EngineFacts, Outcome, Slice, TokenSampler
from services.model.template import probe

START, END = 256, 257
N_VOCAB = 258
_MARKERS = {"<|im_start|>": START, "<|im_end|>": END}
_TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
Script = Callable[[Sequence[int]], int]


class ScriptedClock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class ByteTokenizer:
    """Bytes and the two markers."""

    bos: int | None = None
    eos: int | None = END

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        if special:
            for marker, token in _MARKERS.items():
                before, found, after = text.partition(marker)
                if found:
                    return [*self.tokenize(before, special=True), token, *self.tokenize(after, special=True)]
        return list(text.encode())


def letters(contents: Sequence[int]) -> int:
    """A small letter that depends on every token before it."""
    digest = hashlib.blake2b(b"".join(token.to_bytes(2, "big") for token in contents), digest_size=1).digest()
    return ord("a") + digest[0] % 26


def saying(text: str) -> Script:
    """A script that answers every turn with `text` and then ends."""
    wanted: list[int] = [*text.encode(), END]

    def script(contents: Sequence[int]) -> int:
        turn: int = max(i for i, token in enumerate(contents) if token == START)
        said = len(contents) - turn - len("assistant\n") - 1
        return wanted[min(said, len(wanted) - 1)]

    return script


class ScriptedEngine:
    """`steps` records every step as (sequence, tokens) pairs; each takes `base_s`, and `token_s` a token."""

    def __init__(
        self,
        script: Script = letters,
        *,
        n_ctx: int = 1024,
        n_seq_max: int = 12,
        n_batch: int = 64,
        clock: ScriptedClock | None = None,
        base_s: float = 0.01,
        token_s: float = 0.001,
        capabilities: Capabilities | None = None,
    ) -> None:
        self.clock = clock or ScriptedClock()
        self.capabilities = capabilities or Capabilities(partial_reuse=True, fork=True, grammar=False, snapshots=True)
        self.facts = EngineFacts("scripted", n_ctx, n_ctx, 8, N_VOCAB, n_batch, n_seq_max, chat_template=True)
        self.tokenizer = ByteTokenizer()
        self.chat_format = probe(_TEMPLATE, self.tokenizer, bos_text="", eos_text="<|im_end|>")
        self.strips_first_space = False
        self.steps: list[list[tuple[int, int]]] = []
        self.rows: list[int] = []
        self.closed_samplers = 0
        self.most_ctx = n_ctx
        """There is no memory for more."""
        self._script = script
        self._costs = (base_s, token_s)
        self._cells: dict[int, list[tuple[int, int]]] = {}
        self._next_cell = 0
        self._interrupted = False

    def contents(self, seq: int) -> list[int]:
        """Tokens in a sequence."""
        return [token for _, token in self._cells.get(seq, [])]

    @property
    def used(self) -> int:
        return len({cell for cells in self._cells.values() for cell, _ in cells})

    def next_token(self, row: int) -> int:
        seq = self.rows[row]
        if seq < 0:
            raise AssertionError(f"row {row} has no output")
        return self._script(self.contents(seq))

    def piece(self, token: int) -> bytes:
        return bytes([token]) if token < START else b""

    def ends(self, token: int) -> bool:
        return token == END

    def decode(self, slices: Sequence[Slice]) -> Outcome:
        total = sum(len(part.tokens) for part in slices)
        self._check(slices, total)
        if self._interrupted:
            self._interrupted = False
            return Outcome.INTERRUPTED
        if self.used + total > self.facts.n_ctx:
            return Outcome.FULL
        self.clock.advance(self._costs[0] + self._costs[1] * total)
        for part in slices:
            self._append(part.seq, part.tokens)
        self.rows = [part.seq if part.sample else -1 for part in slices]
        self.steps.append([(part.seq, len(part.tokens)) for part in slices])
        return Outcome.DONE

    def sampler(self, sampling: Sampling, tokens: Sequence[int], generated: int) -> TokenSampler:
        return _ScriptedSampler(self)

    def fork(self, source: int, target: int, length: int) -> None:
        if self._cells.get(target) or length > len(self._cells[source]):
            raise AssertionError("a fork goes into an empty sequence and within its source")
        self._cells[target] = self._cells[source][:length]

    def cut(self, seq: int, length: int) -> bool:
        if length and not self.capabilities.partial_reuse:
            self._cells.pop(seq, None)
            return False
        self._cells[seq] = self._cells.get(seq, [])[:length]
        return True

    def export(self, seq: int, start: int, end: int) -> bytes:
        tokens = self.contents(seq)[start:end]
        if len(tokens) != end - start:
            raise AssertionError(f"sequence {seq} does not hold {start} to {end}")
        return struct.pack(f"<{len(tokens)}H", *tokens)

    def restore(
        self, seq: int, payload: bytes | bytearray | memoryview, held: tuple[int, int], wanted: tuple[int, int]
    ) -> bool:
        count = held[1] - held[0]
        if len(payload) != 2 * count or self.used + count > self.facts.n_ctx:
            return False
        if wanted[0] != len(self.contents(seq)):
            raise AssertionError(f"sequence {seq} does not go on at {wanted[0]}")
        tokens = struct.unpack(f"<{count}H", payload)[wanted[0] - held[0] : wanted[1] - held[0]]
        self._append(seq, tokens)
        return True

    def interrupt(self) -> None:
        self._interrupted = True

    def resize(self, n_ctx: int, parallel: int) -> None:
        self._cells.clear()
        if n_ctx > self.most_ctx:
            raise ModelUnavailable("no memory", reason="no memory")
        self.facts = replace(self.facts, n_ctx=n_ctx)

    def close(self) -> None:
        self._cells.clear()

    def _append(self, seq: int, tokens: Sequence[int]) -> None:
        for token in tokens:
            self._cells.setdefault(seq, []).append((self._next_cell, token))
            self._next_cell += 1

    def _check(self, slices: Sequence[Slice], total: int) -> None:
        if not 0 < total <= self.facts.n_batch or len({part.seq for part in slices}) != len(slices):
            raise AssertionError(f"a bad batch of {total} tokens")
        for part in slices:
            if not 0 <= part.seq < self.facts.n_seq_max or part.start != len(self._cells.get(part.seq, [])):
                raise AssertionError(f"sequence {part.seq} does not go on at {part.start}")


class _ScriptedSampler:
    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine

    def sample(self, row: int) -> tuple[int, TokenLogprob | None]:
        return self._engine.next_token(row), None

    def close(self) -> None:
        self._engine.closed_samplers += 1


class ScriptedEmbedder:
    """One word is one token; `calls` records the texts of each call."""

    name = "scripted"
    n_embd = 2
    max_batch_tokens = 32
    max_batch_texts = 4

    def __init__(self, clock: ScriptedClock, token_s: float = 0.001) -> None:
        self.calls: list[int] = []
        self._clock = clock
        self._token_s = token_s

    def tokenize(self, text: str, kind: str) -> tuple[int, ...]:
        return tuple(range(len(text.split()) + 1))[: self.max_batch_tokens]

    def count(self, text: str) -> int:
        return len(text.split())

    def embed(self, texts: Sequence[Sequence[int]]) -> list[bytes]:
        total = sum(map(len, texts))
        if not 0 < total <= self.max_batch_tokens or len(texts) > self.max_batch_texts:
            raise AssertionError(f"{total} tokens, {len(texts)} texts in one call")
        self.calls.append(len(texts))
        self._clock.advance(self._token_s * total)
        return [bytes([len(text)] * 8) for text in texts]

    def close(self) -> None:
        self.calls.clear()


class ScriptedReranker:
    """One word is one token, a pair scores by the words it shares; `calls` records the pairs of each call."""

    name = "scripted"
    max_batch_tokens = 32
    max_batch_texts = 4

    def __init__(self, clock: ScriptedClock, token_s: float = 0.001) -> None:
        self.calls: list[int] = []
        self._clock = clock
        self.token_s = token_s
        self._words: dict[str, int] = {}

    def tokenize(self, query: str, text: str) -> tuple[int, ...]:
        asked, said = ([self._token(word) for word in part.split()] for part in (query, text))
        return (*asked, 0, *said)[: self.max_batch_tokens]

    def score(self, pairs: Sequence[Sequence[int]]) -> list[float]:
        total = sum(map(len, pairs))
        if not 0 < total <= self.max_batch_tokens or len(pairs) > self.max_batch_texts:
            raise AssertionError(f"{total} tokens, {len(pairs)} pairs in one call")
        self.calls.append(len(pairs))
        self._clock.advance(self.token_s * total)
        return [float(len({*pair[: pair.index(0)]} & {*pair[pair.index(0) + 1 :]})) for pair in pairs]

    def close(self) -> None:
        self.calls.clear()

    def _token(self, word: str) -> int:
        return self._words.setdefault(word, len(self._words) + 1)
