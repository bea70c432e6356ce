"""What the worker thread does with requests and time, without knowing of threads or sockets."""

import os
from collections.abc import Callable
from dataclasses import replace

from services.core.errors import ModelUnavailable, OndolError
from services.core.process import rss_bytes
from services.core.protocol.frames import (
    RESIZED,
    Abort,
    CheckPrefixes,
    CountTokens,
    DepthSpeed,
    Embed,
    Failed,
    Frame,
    Generate,
    GetStats,
    HeldSequence,
    Hello,
    PrefixStatuses,
    Request,
    Rerank,
    Stats,
    TokenCounts,
    WaitingRun,
)
from services.model.embedding import Embedding
from services.model.engine.base import Embedder, Engine, Reranker
from services.model.generation import Generation, Limits
from services.model.kv.keeper import Keeper
from services.model.kv.saver import Saver
from services.model.kv.store import KvStore
from services.model.prefixes import Prefixes
from services.model.reranking import Reranking
from services.model.speeds import Speeds

FETCHING_REST_S = 0.25
"""While all that is left is waiting for the disk, which rings when it is done."""


class StepLoop:
    """`handle` and `vanish` between steps, `step` while not `idle`. Frames leave through `emit(connection, frame)`."""

    def __init__(
        self,
        engine: Engine,
        embedder: Embedder | None,
        limits: Limits,
        *,
        clock: Callable[[], float],
        emit: Callable[[int, Frame], None],
        embedder_reason: str = "",
        reranker: Reranker | None = None,
        reranker_reason: str = "",
        speeds: Speeds | None = None,
        store: KvStore | None = None,
        save_after_s: float = 15.0,
    ) -> None:
        self.speeds = speeds or Speeds()
        self._engine = engine
        self._clock = clock
        self._emit = emit
        self._save_after_s = save_after_s
        self._embedder_reason = embedder_reason or "no embedding model is loaded"
        self._reranker_reason = reranker_reason or "no reranking model is set (rag.reranker)"
        self.keeper = Keeper(engine, store, self.speeds, clock)
        self._take_pool(limits)
        self._embedding = Embedding(embedder, self.speeds, clock, emit) if embedder else None
        self._reranking = Reranking(reranker, clock, emit) if reranker else None

    def _take_pool(self, limits: Limits) -> None:
        """Everything that speaks of the engine's pool of cells."""
        self._limits = limits
        self.generation = Generation(self._engine, limits, self.speeds, self._clock, self._emit, self.keeper)
        self._saver = Saver(self.generation.sequences, self.keeper, self._save_after_s, self._clock)
        self._prefixes = Prefixes(self._engine, self.generation.sequences, self.keeper, self.speeds)

    def resize(self, n_ctx: int, parallel: int) -> None:
        """Go on with a pool of another size. Answers under way fail as if the process had died, so that their callers
        continue them; what is kept outside the pool stays. Raises ModelUnavailable when there is no memory for it; then
        the pool has its old size."""
        before, limits = self.generation, self._limits
        before.fail_all(ModelUnavailable("the model changes its size", reason=RESIZED))
        try:
            self._engine.resize(n_ctx, parallel)
            limits = replace(limits, parallel=parallel)
        finally:
            self._take_pool(limits)
            self.generation.totals, self.generation.tight = before.totals, before.tight

    @property
    def idle(self) -> bool:
        return self.generation.idle and self._nothing_to_read

    @property
    def _nothing_to_read(self) -> bool:
        """Whether no text waits to be embedded or scored."""
        embedded = self._embedding is None or self._embedding.idle
        return embedded and (self._reranking is None or self._reranking.idle)

    def rest_s(self) -> float | None:
        """How long nothing need be done unless a request comes: 0.0 is not at all, None for ever."""
        if not self._nothing_to_read:
            return 0.0
        if self.generation.idle:
            return self._saver.due_s()
        return FETCHING_REST_S if self.generation.fetching else 0.0

    def tighten(self, tight: bool) -> None:
        """Memory is short, or is not any more: fewer answers at once, and nothing waits in memory to be written."""
        self.generation.tight = tight
        self.keeper.tighten(tight)

    def close(self, deadline: float) -> None:
        """Keep what is worth it outside the pool, until the monotonic clock shows `deadline`."""
        if self.keeper.active:
            self.generation.sequences.save_all(deadline)
            self.keeper.drain(deadline)

    def handle(self, connection: int, request: Request) -> None:
        """Take one request in; whatever is wrong with it is answered as Failed."""
        self._saver.wake()
        match request:
            case Generate():
                self.generation.submit(connection, request)
            case Abort():
                self.generation.abort(connection, request.id)
                self._abort_reading(connection, request.id)
            case Embed() if self._embedding:
                self._embedding.submit(connection, request)
            case Embed():
                self._fail(connection, request.id, self._no_embedder())
            case Rerank() if self._reranking:
                self._reranking.submit(connection, request)
            case Rerank():
                reason = self._reranker_reason
                self._fail(connection, request.id, ModelUnavailable(reason, reason=reason))
            case CountTokens():
                self._count(connection, request)
            case GetStats():
                self._emit(connection, self._stats(request.id))
            case CheckPrefixes():
                self._emit(connection, PrefixStatuses(request.id, self._prefixes.statuses(request.prefixes)))
            case Hello():
                pass

    def vanish(self, connection: int) -> None:
        """Forget a connection's requests."""
        self._saver.wake()
        self.generation.vanish(connection)
        self._abort_reading(connection)

    def step(self) -> None:
        """One round: a question's embedding and what is to be put in order for it, everybody's next tokens, then the
        library's share."""
        if self._embedding:
            self._embedding.step_queries()
        if self._reranking:
            self._reranking.step()
        began = self._clock()
        computed = self.generation.step()
        if computed:
            self._saver.wake()
        if self._embedding:
            self._embedding.step_background(chatting=self.generation.chatting, chat_s=self._clock() - began)
        self._saver.work(chatting=self.generation.chatting)

    def _abort_reading(self, connection: int, request_id: int | None = None) -> None:
        for queue in (self._embedding, self._reranking):
            if queue:
                queue.abort(connection, request_id)

    def _fail(self, connection: int, request_id: int, error: OndolError) -> None:
        self._emit(connection, Failed(request_id, error.code, error.message, error.params))

    def _no_embedder(self) -> ModelUnavailable:
        return ModelUnavailable(self._embedder_reason, reason=self._embedder_reason)

    def _count(self, connection: int, request: CountTokens) -> None:
        if request.vocabulary == "chat":
            tokenizer = self.generation.engine.tokenizer
            counts = tuple(len(tokenizer.tokenize(text, special=False)) for text in request.texts)
        elif self._embedding:
            counts = tuple(self._embedding.embedder.count(text) for text in request.texts)
        else:
            self._fail(connection, request.id, self._no_embedder())
            return
        self._emit(connection, TokenCounts(request.id, counts))

    def _waiting(self) -> tuple[WaitingRun, ...]:
        line = [run for run in self.generation.line() if not run.draft]
        etas = self.generation.teller.expected(line)
        return tuple(WaitingRun(run.user, eta) for run, eta in zip(line, etas, strict=True))

    def _stats(self, request_id: int) -> Stats:
        generation, kept = self.generation, self.keeper.store_stats
        return Stats(
            id=request_id,
            active=sum(1 for run in generation.active if not run.draft),
            queued=sum(1 for run in generation.waiting if not run.draft),
            parallel=self._limits.parallel,
            pool_tokens=generation.engine.facts.n_ctx,
            pool_used_tokens=generation.sequences.used,
            resident_sequences=generation.sequences.resident,
            decode_tokens_per_s=self.speeds.decode_tokens_per_s(generation.sequences.used),
            prompt_tokens_per_s=self.speeds.prompt_tokens_per_s(generation.sequences.used),
            rss_bytes=rss_bytes(os.getpid()) or 0,
            cached_tokens_total=generation.totals.cached_tokens,
            prompt_tokens_total=generation.totals.prompt_tokens,
            completion_tokens_total=generation.totals.completion_tokens,
            steps_total=generation.totals.steps,
            kv_disk_bytes=kept.size,
            kv_files=kept.files,
            kv_written_today_bytes=kept.written_today,
            kv_written_bytes_total=kept.written,
            kv_restores_total=self.keeper.totals.restores,
            kv_restored_tokens_total=self.keeper.totals.tokens,
            kv_rejected_files_total=kept.rejected,
            waiting=self._waiting(),
            sequences=tuple(HeldSequence(tokens, busy) for tokens, busy in generation.sequences.held()),
            speeds=tuple(
                DepthSpeed(
                    depth,
                    round(self.speeds.decode_tokens_per_s(depth), 2),
                    round(self.speeds.prompt_tokens_per_s(depth), 2),
                )
                for depth in self.speeds.depths
            ),
        )
