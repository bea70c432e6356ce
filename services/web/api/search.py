"""Searching the documents."""

from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_response

from services.web.api.common import deps, int_id, login_required, user
from services.web.library.types import Hit

blueprint = Blueprint("search", __name__, url_prefix="/api/rag/search")
MAX_RESULTS = 50


class SearchQuery(msgspec.Struct, frozen=True):
    """`k` counts documents. `document_ids` (comma-separated) and `collection` narrow the search."""

    q: str
    k: Annotated[int, msgspec.Meta(ge=1, le=MAX_RESULTS)] = 5
    document_ids: str = ""
    collection: str | None = None


class SearchResults(msgspec.Struct, frozen=True):
    results: list[Hit]


@blueprint.get("/")
@tag(["documents"])
@login_required
@validate_querystring(SearchQuery)
@validate_response(SearchResults)
async def get_search(query_args: SearchQuery) -> SearchResults:
    """The documents that answer best, each with its best passage."""
    ids = [int_id(part.strip(), "document") for part in query_args.document_ids.split(",") if part.strip()]
    collections = [query_args.collection] if query_args.collection is not None else []
    hits = await deps().library.search(user(), query_args.q, k=query_args.k, document_ids=ids, collections=collections)
    return SearchResults(hits)
