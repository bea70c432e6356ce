"""The self-test of the search: pinned questions, asked again."""

from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_response

from services.web.api.common import deps, login_required, user
from services.web.storage.selftests import KEPT, Result, select_selftests

blueprint = Blueprint("selftest", __name__, url_prefix="/api/rag/selftest")


class ResultsQuery(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=KEPT)] = 20


@blueprint.get("/")
@tag(["documents"])
@login_required
@validate_response(Result)
async def get_selftest() -> Result:
    """Ask all of the user's pinned questions again, now, and remember the result."""
    return await deps().selftest.ask(user())


@blueprint.get("/results/")
@tag(["documents"])
@login_required
@validate_querystring(ResultsQuery)
@validate_response(list[Result])
async def get_selftest_results(query_args: ResultsQuery) -> list[Result]:
    """Results of the user's earlier self-tests, newest first."""
    return await select_selftests(deps().people, user().id, query_args.limit)
