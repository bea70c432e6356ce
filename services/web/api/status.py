"""How the box was: what happened to it."""

import asyncio
from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_response

from services.core.happenings import KEPT, Happening
from services.web.api.common import deps, login_required

blueprint = Blueprint("status", __name__, url_prefix="/api/status")


class HappeningsQuery(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=KEPT)] = 50


@blueprint.get("/happenings/")
@tag(["status"])
@login_required
@validate_querystring(HappeningsQuery)
@validate_response(list[Happening])
async def get_happenings(query_args: HappeningsQuery) -> list[Happening]:
    """What happened to the box lately, newest first: a `kind` and its facts."""
    return await asyncio.to_thread(deps().happenings.newest, query_args.limit)
