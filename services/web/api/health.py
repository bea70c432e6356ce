"""Whether the house is up, for containers, monitors and people in a hurry. No login."""

import asyncio
from typing import Any

import msgspec
from quart import Blueprint, Response
from quart_schema import tag, validate_response

from services.web.api.common import deps, engine_stats
from services.web.metrics import CONTENT_TYPE

blueprint = Blueprint("health", __name__)
STATS_TIMEOUT_S = 0.5
DISK_REASONS = {
    "ok": "",
    "low": "the disk is nearly full: no document is read and no chat kept warm until there is room",
    "full": "the disk is full: no question is taken until there is room",
}


REFUSED = "the disk refuses writes: answers go on in memory and are stored when it takes them; check the card"


class Health(msgspec.Struct, frozen=True):
    status: str


class Readiness(msgspec.Struct, frozen=True):
    """`status` is ready when the model answers: chats work. Each part says its state and, where it does not work, the
    reason; `lacking` names those."""

    status: str
    lacking: list[str]
    web: dict[str, Any]
    model: dict[str, Any]
    embedder: dict[str, Any]
    ingest: dict[str, Any]
    disk: dict[str, Any]


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
    model, ingest = deps().model, deps().parts.ingest_state
    why = "" if model.ready else model.unavailable().message
    no_embedder = model.state.embedder_reason if model.ready and model.state is not None else why
    no_ingest = "" if ingest != "away" else "the ingest process has not been heard of lately; dropped files wait"
    disk = deps().keeper.disk.state
    refused = deps().keeper.writes.state.state == "refused"
    no_room = REFUSED if refused else DISK_REASONS[disk.level]
    reasons = {"model": why, "embedder": no_embedder, "ingest": no_ingest, "disk": no_room}
    return Readiness(
        status="ready" if model.ready else "waiting",
        lacking=[name for name, reason in reasons.items() if reason],
        web={"state": "ready", "reason": ""},
        model={"state": deps().parts.model_state, "reason": why},
        embedder={"state": "unavailable" if no_embedder else "ready", "reason": no_embedder},
        ingest={"state": ingest, "reason": no_ingest},
        disk={"state": "refused" if refused else disk.level, "reason": no_room, "free_bytes": disk.free_bytes},
    ), 200 if model.ready else 503


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
    metrics.set_safety(deps().keeper.disk.state.free_bytes, await asyncio.to_thread(deps().keeper.backups.age_s))
    metrics.set_runs(active, waiting)
    metrics.set_parts(parts.all(), deps().model.lives)
    metrics.set_documents(await deps().library.counts(), await deps().library.chunk_count(), parts.ingest_queue)
    return Response(metrics.render(), content_type=CONTENT_TYPE)
