"""The seam between the house and whatever computes tokens. Nothing above it knows llama.cpp."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.core.protocol.frames import Sampling, TokenLogprob
from services.model.template import ChatFormat, Tokenizer


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this engine can do. Asked for, never assumed."""

    partial_reuse: bool
    """A sequence can be cut back to any shorter length."""
    fork: bool
    """A sequence's beginning can be shared with another one at no cost."""
    grammar: bool
    snapshots: bool = False
    """Keys and values of a part of a sequence can be copied out and put back."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """Resolved when the model was loaded; lengths in tokens. `n_ctx` is the pool all sequences share, `n_batch` the
    most tokens one step takes, `n_seq_max` the number of sequences that may exist at once, `idle_cells` what idle
    sequences may keep of the pool: every step attends it whole (0: all of it)."""

    name: str
    n_ctx: int
    n_ctx_train: int
    n_embd: int
    n_vocab: int
    n_batch: int
    n_seq_max: int
    chat_template: bool
    idle_cells: int = 0


@dataclass(frozen=True, slots=True)
class Slice:
    """Tokens of one sequence to compute in this step, from position `start` on. With `sample`, the next token will be
    drawn behind the last of them."""

    seq: int
    start: int
    tokens: Sequence[int]
    sample: bool


class Outcome(Enum):
    DONE = "done"
    FULL = "full"
    """No room in the pool; nothing was computed."""
    INTERRUPTED = "interrupted"
    """`interrupt` was called; every sequence is back at the length it had before the step."""


class TokenSampler(Protocol):
    """Draws the tokens of one run. `row` is the index of the run's slice in the last step."""

    def sample(self, row: int) -> tuple[int, TokenLogprob | None]: ...

    def close(self) -> None: ...


class Engine(Protocol):
    """One loaded chat model. All methods but `interrupt` belong to one thread."""

    @property
    def facts(self) -> EngineFacts: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def chat_format(self) -> ChatFormat: ...

    @property
    def strips_first_space(self) -> bool:
        """Whether answers begin with a space that is no part of their text."""

    def piece(self, token: int) -> bytes:
        """The bytes a token adds to a text; empty for control tokens."""

    def ends(self, token: int) -> bool:
        """Whether the token ends an answer."""

    def decode(self, slices: Sequence[Slice]) -> Outcome:
        """Compute one step: at most `n_batch` tokens, each sequence in at most one slice."""

    def sampler(self, sampling: Sampling, tokens: Sequence[int], generated: int) -> TokenSampler:
        """A sampler for one run whose text so far is `tokens`, the last `generated` of them drawn by it before.

        Raises InvalidSampling when a value, the grammar or the schema is not usable.
        """

    def fork(self, source: int, target: int, length: int) -> None:
        """Let the empty sequence `target` begin with the first `length` tokens of `source`."""

    def cut(self, seq: int, length: int) -> bool:
        """Forget what lies behind `length`. False when the engine cannot: the sequence is then empty."""

    def export(self, seq: int, start: int, end: int) -> bytes | bytearray | memoryview:
        """A copy of the keys and values at positions `start` to `end` (not included) of `seq`."""

    def restore(
        self, seq: int, payload: bytes | bytearray | memoryview, held: tuple[int, int], wanted: tuple[int, int]
    ) -> bool:
        """Append the positions `wanted` of an exported `payload`, which holds the positions `held`, to `seq`, which
        ends at the first of them. False, and nothing is changed, when the pool has no room for all of `held` or the
        payload is not of this engine. Damaged bytes are not noticed: check them before."""

    def interrupt(self) -> None:
        """From any thread: end the step under way early, or the next one if there is none."""

    def resize(self, n_ctx: int, parallel: int) -> None:
        """Replace the pool by an empty one of another size, the old one going first; `facts` tell what came of it. The
        weights stay, samplers and sequences do not.

        Raises ModelUnavailable when there is no memory for it; then there is a pool of the old size, also empty.
        EngineFault when there is none at all: nothing may be called any more.
        """

    def close(self) -> None: ...


class EngineFault(RuntimeError):
    """A native call reported a fault that no request caused."""


class Embedder(Protocol):
    """One loaded embedding model, same thread as the engine."""

    @property
    def name(self) -> str: ...

    @property
    def n_embd(self) -> int: ...

    @property
    def max_batch_tokens(self) -> int: ...

    @property
    def max_batch_texts(self) -> int: ...

    def tokenize(self, text: str, kind: str) -> tuple[int, ...]:
        """Normalise, prefix by `kind` (query, passage) and tokenise; cut to what the model can take, ends included."""

    def count(self, text: str) -> int:
        """Tokens of the bare text."""

    def embed(self, texts: Sequence[Sequence[int]]) -> list[bytes]:
        """Little-endian float32 vectors of length 1. The texts together hold at most `max_batch_tokens`, and are at
        most `max_batch_texts`."""

    def close(self) -> None: ...


class Reranker(Protocol):
    """One loaded reranking model, same thread as the engine."""

    @property
    def name(self) -> str: ...

    @property
    def max_batch_tokens(self) -> int: ...

    @property
    def max_batch_texts(self) -> int: ...

    def tokenize(self, query: str, text: str) -> tuple[int, ...]:
        """Question and passage as one input, cut to what the model can take."""

    def score(self, pairs: Sequence[Sequence[int]]) -> list[float]:
        """Higher is better. The pairs together hold at most `max_batch_tokens`, and are at most `max_batch_texts`.
        Raises EngineFault when the library does not compute them."""

    def close(self) -> None: ...
