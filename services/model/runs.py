"""One generation as the engine's side sees it, from its arrival to its last frame."""

from dataclasses import dataclass

from services.core.protocol.frames import ContextReport, Generate, Timings, Usage
from services.model.engine.base import TokenSampler
from services.model.streams import TextStream


@dataclass(slots=True, eq=False)
class Run:
    """`tokens` is the prompt and what was generated; what of it is computed lies in sequence `seq` (-1: none, it
    waits).

    Times are in seconds of the loop's clock; 0.0 is "not yet".
    """

    connection: int
    request: Generate
    number: int
    arrived: float
    tokens: list[int]
    prompt_tokens: int
    context: ContextReport
    sampler: TokenSampler
    stream: TextStream
    limit: int
    """Length of prompt and answer together at which the context ends."""
    unsent_from: int | None = None
    """Where text begins that somebody is still typing."""
    seq: int = -1
    cached: int | None = None
    kept: int = 0
    """Tokens of it that are on their way from disk."""
    started: bool = False
    admitted: float = 0.0
    first_token: float = 0.0
    last_token: float = 0.0
    fresh_tokens: int = 0
    first_estimate: tuple[float, float] | None = None
    """When the caller first heard one, and its seconds, before experience corrected them."""
    told_position: int = 0
    told_at: float = 0.0

    @property
    def id(self) -> int:
        return self.request.id

    @property
    def user(self) -> str:
        return self.request.user

    @property
    def draft(self) -> bool:
        """Nobody waits for it."""
        return self.request.priority in {"draft", "ingest"}

    @property
    def only_reads(self) -> bool:
        """What somebody is typing: `max_tokens` is what they will want, for the layout's sake."""
        return self.request.priority == "draft"

    @property
    def parked(self) -> bool:
        """It was under way and waits for room to go on."""
        return self.seq < 0 and self.admitted > 0

    @property
    def completion_tokens(self) -> int:
        return len(self.tokens) - self.prompt_tokens

    @property
    def tokens_left(self) -> int:
        """How many tokens it may still generate."""
        if self.only_reads:
            return 0
        return max(0, min(self.request.max_tokens - self.completion_tokens, self.limit - len(self.tokens)))

    def usage(self) -> Usage:
        cached = min(self.cached or 0, self.prompt_tokens)
        return Usage(prompt_tokens=self.prompt_tokens, cached_tokens=cached, completion_tokens=self.completion_tokens)

    def timings(self, now: float) -> Timings:
        admitted = self.admitted or now
        first = self.first_token or now
        decode_s = max(0.0, self.last_token - first)
        return Timings(
            queue_s=admitted - self.arrived,
            prompt_s=max(0.0, first - admitted),
            decode_s=decode_s,
            ttft_s=first - self.arrived,
            tokens_per_s=(self.fresh_tokens - 1) / decode_s if decode_s > 0 else 0.0,
        )


@dataclass(slots=True)
class Totals:
    """Since the model was loaded. `prompt_tokens` counts cached ones too."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    read_tokens: int = 0
    completion_tokens: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """A run's part of a step: its next `count` tokens."""

    run: Run
    start: int
    count: int

    @property
    def complete(self) -> bool:
        return self.start + self.count == len(self.run.tokens)
