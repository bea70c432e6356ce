"""What Prometheus scrapes, on a registry of its own. Names: ondol_…_total, _seconds, _bytes."""

import math
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from services.core.protocol.frames import Stats
from services.web.parts import Part
from services.web.storage.documents import DocumentState

CONTENT_TYPE = CONTENT_TYPE_LATEST
SPEEDS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
PROMPT_SPEEDS = (1, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
WAITS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600)
ERRORS = (0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5)
SEARCH_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)
STATES: tuple[DocumentState, ...] = ("queued", "parsing", "embedding", "ready", "failed", "unsupported")


class KvMetrics:
    """Chats kept warm on disk. Totals of a new model process are added to those before."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._disk = Gauge("ondol_kv_disk_bytes", "Prefixes kept on disk", registry=registry)
        self._files = Gauge("ondol_kv_files", "Their files", registry=registry)
        self._today = Gauge("ondol_kv_written_today_bytes", "Written for them today", registry=registry)
        self._counters: dict[str, tuple[Counter, int]] = {
            name: (Counter(f"ondol_{name}", text, registry=registry), 0)
            for name, text in (
                ("kv_written_bytes", "Written for prefixes on disk"),
                ("kv_restores", "Answers that began with a prefix from disk"),
                ("kv_restored_tokens", "Prompt tokens put back instead of read"),
                ("kv_rejected_files", "Damaged or foreign prefix files deleted"),
            )
        }

    def set(self, stats: Stats) -> None:
        self._disk.set(stats.kv_disk_bytes)
        self._files.set(stats.kv_files)
        self._today.set(stats.kv_written_today_bytes)
        for name, (counter, seen) in self._counters.items():
            now: int = getattr(stats, f"{name}_total")
            counter.inc(now - seen if now >= seen else now)
            self._counters[name] = (counter, now)


class Metrics:
    """Made once for the app. Counters live as long as the web process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # one more line a counter that nobody asks for
        self._registry = registry = CollectorRegistry()
        self._runs = Counter("ondol_runs", "Answers that ended, by status", ["status"], registry=registry)
        self._generated = Counter("ondol_tokens_generated", "Tokens generated", registry=registry)
        self._prompt = Counter("ondol_prompt_tokens", "Prompt tokens of all answers", registry=registry)
        self._cached = Counter("ondol_cached_prompt_tokens", "Prompt tokens that needed no reading", registry=registry)
        self._decode_speed = Histogram(
            "ondol_decode_tokens_per_second", "Decode speed of an answer", buckets=SPEEDS, registry=registry
        )
        self._prompt_speed = Histogram(
            "ondol_prompt_tokens_per_second",
            "Prompt reading speed of an answer, cached tokens left out",
            buckets=PROMPT_SPEEDS,
            registry=registry,
        )
        self._ttft = Histogram(
            "ondol_time_to_first_token_seconds", "From question to first token", buckets=WAITS_S, registry=registry
        )
        self._eta_error = Histogram(
            "ondol_eta_error_ratio",
            "Error of the first estimate: |estimated - actual| / actual time to first token",
            buckets=ERRORS,
            registry=registry,
        )
        self._queue_wait = Histogram(
            "ondol_queue_wait_seconds", "Wait before prompt reading", buckets=WAITS_S, registry=registry
        )
        self._active = Gauge("ondol_active_runs", "Answers being made", registry=registry)
        self._queue = Gauge("ondol_queue_length", "Questions that wait", registry=registry)
        self._documents = Gauge("ondol_documents", "Documents by state", ["state"], registry=registry)
        self._chunks = Gauge("ondol_chunks", "Searchable passages", registry=registry)
        self._ingest_seconds = Histogram(
            "ondol_ingest_seconds", "From a file's first sight to ready", buckets=WAITS_S, registry=registry
        )
        self._ingest_failures = Counter("ondol_ingest_failures", "Files that could not be read", registry=registry)
        self._search_seconds = Histogram(
            "ondol_search_seconds", "A search of the library", ["mode"], buckets=SEARCH_S, registry=registry
        )
        self._embedded = Counter("ondol_embedded_chunks", "Passages embedded", registry=registry)
        self._embedding_seconds = Counter("ondol_embedding_seconds", "Time spent embedding", registry=registry)
        self._ingest_queue = Gauge("ondol_ingest_queue_length", "Files that wait to be read", registry=registry)
        self._up = Gauge("ondol_process_up", "1 while the part is running", ["process"], registry=registry)
        self._rss = Gauge("ondol_process_resident_memory_bytes", "Memory of a part", ["process"], registry=registry)
        self._restarts = Counter("ondol_model_restarts", "Restarts of the model process", registry=registry)
        self._restarts_seen = 0
        self._pool = Gauge("ondol_kv_pool_tokens", "Context tokens of the pool", registry=registry)
        self._pool_used = Gauge("ondol_kv_pool_used_tokens", "Context tokens in use", registry=registry)
        self._kv = KvMetrics(registry)

        self._disk_free = Gauge("ondol_disk_free_bytes", "Room on the disk of the state folder", registry=registry)
        self._backup_age = Gauge("ondol_backup_age_seconds", "Age of the last good backup", registry=registry)

    # --- what the house reports ---------------------------------------------------------------------------------

    def run_ended(self, status: str, usage: Mapping[str, int] | None, timings: Mapping[str, float] | None) -> None:
        self._runs.labels(status).inc()
        if usage is None or timings is None:
            return
        self._generated.inc(usage["completion_tokens"])
        self._prompt.inc(usage["prompt_tokens"])
        self._cached.inc(usage["cached_tokens"])
        self._queue_wait.observe(timings["queue_s"])
        if usage["completion_tokens"]:
            self._ttft.observe(timings["ttft_s"])
            self._decode_speed.observe(timings["tokens_per_s"])
        read = usage["prompt_tokens"] - usage["cached_tokens"]
        if read > 0 and timings["prompt_s"] > 0:
            self._prompt_speed.observe(read / timings["prompt_s"])

    def estimated(self, error: float) -> None:
        self._eta_error.observe(error)

    def ingested(self, seconds: float) -> None:
        self._ingest_seconds.observe(seconds)

    def ingest_failed(self) -> None:
        self._ingest_failures.inc()

    def searched(self, seconds: float, *, lexical_only: bool) -> None:
        self._search_seconds.labels("words" if lexical_only else "hybrid").observe(seconds)

    def embedded(self, chunks: int, seconds: float) -> None:
        self._embedded.inc(chunks)
        self._embedding_seconds.inc(seconds)

    def first_tokens(self) -> tuple[float, float]:
        """How many answers have begun, and the seconds their first tokens took together."""
        name = "ondol_time_to_first_token_seconds"
        value = self._registry.get_sample_value
        return value(f"{name}_count") or 0.0, value(f"{name}_sum") or 0.0

    # --- a scrape -------------------------------------------------------------------------------------------------

    def set_runs(self, active: int, queued: int) -> None:
        self._active.set(active)
        self._queue.set(queued)

    def set_documents(self, by_state: Mapping[DocumentState, int], chunks: int, ingest_queue: int) -> None:
        for state in STATES:
            self._documents.labels(state).set(by_state.get(state, 0))
        self._chunks.set(chunks)
        self._ingest_queue.set(ingest_queue)

    def set_parts(self, parts: list[Part], model_lives: int) -> None:
        for part in parts:
            self._up.labels(part.name).set(part.up)
            self._rss.labels(part.name).set(part.rss_bytes or 0)
        restarts = max(0, model_lives - 1)
        if restarts > self._restarts_seen:
            self._restarts.inc(restarts - self._restarts_seen)
            self._restarts_seen = restarts

    def set_engine(self, stats: Stats) -> None:
        self._pool.set(stats.pool_tokens)
        self._pool_used.set(stats.pool_used_tokens)
        self._kv.set(stats)

    def set_safety(self, disk_free_bytes: int, backup_age_s: float | None) -> None:
        """No backup at all is a NaN."""
        self._disk_free.set(disk_free_bytes)
        self._backup_age.set(math.nan if backup_age_s is None else backup_age_s)

    def render(self) -> bytes:
        """The text exposition format."""
        return generate_latest(self._registry)
