"""How the box was: its load lately, and what happened to it."""

import asyncio
import time
from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_response

from services.core.happenings import KEPT, Happening
from services.web.api.common import deps, login_required
from services.web.vitals.history import EVERY_S, Span

blueprint = Blueprint("status", __name__, url_prefix="/api/status")


class HappeningsQuery(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=KEPT)] = 50


class HistoryQuery(msgspec.Struct, frozen=True):
    """The last quarter of an hour, hour or day."""

    span: Span = "quarter"


class HistoryView(msgspec.Struct, frozen=True):
    """`at` are unix seconds; each of `columns` has a value for each of them, null where nothing was seen. A total is
    null until the first look."""

    span: Span
    every_s: float
    at: list[float]
    columns: dict[str, list[float | None]]
    memory_total_bytes: int | None
    disk_total_bytes: int | None


@blueprint.get("/history/")
@tag(["status"])
@login_required
@validate_querystring(HistoryQuery)
@validate_response(HistoryView)
async def get_history(query_args: HistoryQuery) -> HistoryView:
    """Speed, waits, load, memory, heat and disk of the box lately. Kept in memory: a restart of web forgets it."""
    sampler = deps().sampler
    at, columns = sampler.history.span(query_args.span, time.time())
    rounded = {name: [None if one is None else float(f"{one:.4g}") for one in line] for name, line in columns.items()}
    box = sampler.box
    return HistoryView(
        span=query_args.span,
        every_s=max(EVERY_S, at[1] - at[0]),
        at=at,
        columns=rounded,
        memory_total_bytes=box.memory_total_bytes if box else None,
        disk_total_bytes=box.disk_total_bytes if box else None,
    )


@blueprint.get("/happenings/")
@tag(["status"])
@login_required
@validate_querystring(HappeningsQuery)
@validate_response(list[Happening])
async def get_happenings(query_args: HappeningsQuery) -> list[Happening]:
    """What happened to the box lately, newest first: a `kind` and its facts."""
    return await asyncio.to_thread(deps().happenings.newest, query_args.limit)
