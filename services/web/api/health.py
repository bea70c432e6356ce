"""Whether the house is up, for containers, monitors and people in a hurry. No login."""

from typing import Any

import msgspec
from quart import Blueprint, Response
from quart_schema import tag, validate_response

from services.web.api.common import deps, engine_stats
from services.web.metrics import CONTENT_TYPE

blueprint = Blueprint("health", __name__)
STATS_TIMEOUT_S = 0.5


class Health(msgspec.Struct, frozen=True):
    status: str


class Readiness(msgspec.Struct, frozen=True):
    """`status` is ready when the model answers; each part says its state and, where it is not ready, the reason."""

    status: str
    web: dict[str, Any]
    model: dict[str, Any]
    embedder: dict[str, Any]
    ingest: dict[str, Any]


@blueprint.get("/healthz")
@tag(["status"])
@validate_response(Health)
async def get_health() -> Health:
    """The web process is up."""
    return Health("ok")


@blueprint.get("/readyz")
@tag(["status"])
@validate_response(Readiness)
@validate_response(Readiness, 503)
async def get_readiness() -> tuple[Readiness, int]:
    """Each part's state; 503 until the model answers."""
    parts, state = deps().parts, deps().model.state
    ready = deps().model.ready
    embedder_reason = state.embedder_reason if state is not None else ""
    return Readiness(
        status="ready" if ready else "waiting",
        web={"state": "ready"},
        model={"state": parts.model_state, "reason": state.reason if state is not None else "the process is away"},
        embedder={"state": "ready" if ready and not embedder_reason else "unavailable", "reason": embedder_reason},
        ingest={"state": parts.ingest_state},
    ), 200 if ready else 503


@blueprint.get("/metrics")
@tag(["status"])
async def get_metrics() -> Response:
    """Prometheus text format."""
    metrics, parts = deps().metrics, deps().parts
    active, waiting = deps().runs.counts()
    stats = await engine_stats(STATS_TIMEOUT_S)
    if stats is not None:  # else its gauges keep their last value, and ondol_process_up says whether it is away
        metrics.set_engine(stats)
        waiting += stats.queued
    metrics.set_runs(active, waiting)
    metrics.set_parts(parts.all(), deps().model.lives)
    metrics.set_documents(await deps().library.counts(), await deps().library.chunk_count(), parts.ingest_queue)
    return Response(metrics.render(), content_type=CONTENT_TYPE)
