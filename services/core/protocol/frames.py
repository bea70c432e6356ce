"""Every frame between `web` (or a tool) and `model`. Frozen, tagged, checked when decoded.

A connection starts with `Hello`; the model answers `ModelState`, and again each time its state changes. Requests
carry an
`id` chosen by the caller, unique on its connection; every answer names it. `Abort` may be sent at any time and twice.
"""

from typing import Literal

import msgspec

PROTOCOL_VERSION = 1

ModelPhase = Literal["loading", "calibrating", "ready", "unavailable"]
Priority = Literal["interactive", "query", "draft", "ingest"]
Death = Literal["out_of_memory", "native_fault", "stuck", "power", "unknown"]
"""Why a life of the model process ended that nobody had ended."""
RESIZED = "resized"
"""Reason of a ModelUnavailable: the model changes its size and is back in a second; nobody's request is to blame."""
Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "aborted"]
Scalar = str | int | float | bool | None


class Frame(msgspec.Struct, frozen=True, tag_field="t", forbid_unknown_fields=True, omit_defaults=True):
    """Base of all frames; `t` on the wire is the class name."""


# --- caller → model -------------------------------------------------------------------------------------------------


class Hello(Frame, frozen=True, tag=True):
    protocol: int
    client: str


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A piece of one message. `tokens`, where given, are used as they are and `text` only informs (a generated
    answer is
    continued as the tokens it was generated as). `drop_rank` 0 never goes; when the prompt does not fit, higher
    goes first."""

    id: str
    text: str
    tokens: tuple[int, ...] | None = None
    drop_rank: int = 0


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One turn of the prompt: its parts are concatenated. A message goes with its last droppable part."""

    role: Role
    parts: tuple[Part, ...]


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the next token is drawn. Ranges are checked by the model, which answers `invalid_sampling` with field and
    range."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    typical_p: float = 1.0
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_penalty_last_n: int = -1
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    mirostat: int = 0
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    logit_bias: dict[int, float] = {}
    seed: int | None = None
    ignore_eos: bool = False
    grammar: str | None = None
    json_schema: str | None = None
    logprobs: int = 0


class Generate(Frame, frozen=True, tag=True):
    """Continue a conversation. `resume_tokens` were already generated for this answer (and journaled): they are
    read, not
    generated again, count towards `max_tokens`, and the sampler is advanced past them. `user` is for fairness only;
    `cache_key` (the chat's id) lets the engine keep a chat's sequence warm. `repeatable` asks for the same text from
    the same seed when nobody else is answered: its prompt is read in slices at fixed places, which costs a step.
    With priority `draft` the prompt is only read, up to the end of the last message's text, while nobody waits for an
    answer; the next request of the same `cache_key` takes over what was read and ends the draft as aborted."""

    id: int
    user: str
    cache_key: str
    messages: tuple[Message, ...]
    sampling: Sampling
    max_tokens: int
    stop: tuple[str, ...] = ()
    resume_tokens: tuple[int, ...] = ()
    priority: Priority = "interactive"
    repeatable: bool = False


class Abort(Frame, frozen=True, tag=True):
    id: int


class Embed(Frame, frozen=True, tag=True):
    """`kind` picks the embedder's prefix; texts are normalised (NFKC) by the model process."""

    id: int
    texts: tuple[str, ...]
    kind: Literal["query", "passage"]
    priority: Priority = "query"


class Rerank(Frame, frozen=True, tag=True):
    """How well each of `texts` answers `query`, by the reranking model, if one is set; `within_s` seconds are there."""

    id: int
    query: str
    texts: tuple[str, ...]
    within_s: float | None = None


class CountTokens(Frame, frozen=True, tag=True):
    id: int
    texts: tuple[str, ...]
    vocabulary: Literal["chat", "embedder"] = "chat"


class CheckPrefixes(Frame, frozen=True, tag=True):
    """How warm chats that begin with these messages (system text and examples) would start."""

    id: int
    prefixes: tuple[tuple[Message, ...], ...]


class GetStats(Frame, frozen=True, tag=True):
    id: int


Request = Hello | Generate | Abort | Embed | Rerank | CountTokens | GetStats | CheckPrefixes

# --- model → caller -------------------------------------------------------------------------------------------------


class ModelFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was resolved when the model was loaded. Sizes in bytes, lengths in tokens."""

    name: str
    file: str
    size_bytes: int
    demo: bool
    n_ctx: int
    n_ctx_train: int
    n_embd: int
    n_vocab: int
    parallel: int
    chat_template: bool
    embedder: str = ""
    embedder_n_embd: int = 0
    reranker: str = ""


class ModelState(Frame, frozen=True, tag=True):
    """`reason` says in a sentence why the model is unavailable; `percent` is the loading progress. `started_at` (unix
    seconds) and `pid` tell one life of the process from the next. `died` is why the life before it ended (None: it was
    stopped), the last of `deaths` in a row; by so many `steps` context and parallel answers were halved for want of
    memory. `tight_bytes` are left while memory is short."""

    state: ModelPhase
    pid: int
    started_at: float
    reason: str = ""
    percent: int | None = None
    facts: ModelFacts | None = None
    embedder_reason: str = ""
    reranker_reason: str = ""
    died: Death | None = None
    deaths: int = 0
    steps: int = 0
    tight_bytes: int | None = None


class Queued(Frame, frozen=True, tag=True):
    id: int
    position: int
    eta_s: float | None = None


class ContextReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`used` tokens of `n_ctx` when the answer starts; `dropped_part_ids` did not fit."""

    n_ctx: int
    used: int
    dropped_part_ids: tuple[str, ...] = ()


class Progress(Frame, frozen=True, tag=True):
    """Prompt reading: `done` of `total` tokens are read, `cached` of them did not need reading."""

    id: int
    done: int
    total: int
    cached: int
    eta_s: float | None = None


class Started(Frame, frozen=True, tag=True):
    """The prompt is read; tokens follow."""

    id: int
    prompt_tokens: int
    cached_tokens: int
    context: ContextReport


class TokenLogprob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


class Tokens(Frame, frozen=True, tag=True):
    """Newly generated tokens and the text they add. `text` holds whole characters only and may be empty while a
    character or a possible stop string is incomplete; text held back arrives with a later frame."""

    id: int
    tokens: tuple[int, ...]
    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


class Usage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


class Timings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds. `ttft_s` counts from the request's arrival to the first token; `tokens_per_s` is decode speed."""

    queue_s: float
    prompt_s: float
    decode_s: float
    ttft_s: float
    tokens_per_s: float


class Finished(Frame, frozen=True, tag=True):
    id: int
    reason: FinishReason
    usage: Usage
    timings: Timings


class Embedded(Frame, frozen=True, tag=True):
    """`vectors`: one little-endian float32 blob of `n_embd` values, length 1, a text."""

    id: int
    vectors: tuple[bytes, ...]


class Reranked(Frame, frozen=True, tag=True):
    """`scores` of the first texts, in their order, as many as were read in time; higher is better, and they compare
    within one answer only."""

    id: int
    scores: tuple[float, ...]


class TokenCounts(Frame, frozen=True, tag=True):
    id: int
    counts: tuple[int, ...]


class PrefixStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cached` of `tokens` need no reading; reading all of them takes about `cold_s` seconds on this box."""

    tokens: int
    cached: int
    cold_s: float


class PrefixStatuses(Frame, frozen=True, tag=True):
    """In the order of the request; None where the answer would have held others up."""

    id: int
    statuses: tuple[PrefixStatus | None, ...]


class WaitingRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who waits in the line; `eta_s` counts to the first token."""

    user: str
    eta_s: float | None = None


class HeldSequence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chat in the pool; `busy` while it is read or answered, idle ones are kept warm."""

    tokens: int
    busy: bool


class DepthSpeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Speeds when `depth` tokens of the pool are in use; answering is one answer alone."""

    depth: int
    decode_tokens_per_s: float
    prompt_tokens_per_s: float


class Stats(Frame, frozen=True, tag=True):
    """A look at the engine; speeds in tokens per second, measured lately on this box. `waiting` is in the order of
    admission."""

    id: int
    active: int
    queued: int
    parallel: int
    pool_tokens: int
    pool_used_tokens: int
    resident_sequences: int
    decode_tokens_per_s: float
    prompt_tokens_per_s: float
    rss_bytes: int
    cached_tokens_total: int = 0
    prompt_tokens_total: int = 0
    completion_tokens_total: int = 0
    steps_total: int = 0
    kv_disk_bytes: int = 0
    kv_files: int = 0
    kv_written_today_bytes: int = 0
    kv_written_bytes_total: int = 0
    kv_restores_total: int = 0
    kv_restored_tokens_total: int = 0
    kv_rejected_files_total: int = 0
    waiting: tuple[WaitingRun, ...] = ()
    sequences: tuple[HeldSequence, ...] = ()
    speeds: tuple[DepthSpeed, ...] = ()


class Failed(Frame, frozen=True, tag=True):
    """`id` is None when the fault belongs to the connection (a malformed frame), not to one request."""

    id: int | None
    code: str
    message: str
    params: dict[str, Scalar] = {}


Answer = (
    ModelState
    | Queued
    | Progress
    | Started
    | Tokens
    | Finished
    | Embedded
    | Reranked
    | TokenCounts
    | Stats
    | PrefixStatuses
    | Failed
)
