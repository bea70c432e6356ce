"""The built page: hashed assets for a year, everything else fresh, unknown paths to the page itself.

The build lays `name.gz` beside a large text; whoever takes gzip gets that, and nothing is compressed here.
"""

import mimetypes
from pathlib import Path

from quart import Blueprint, Response, current_app, request, send_from_directory
from quart_schema import hide
from werkzeug.exceptions import NotFound as HttpNotFound

from services.core.errors import NotFound

blueprint = Blueprint("pages", __name__)
ASSET_AGE_S = 31_536_000
NOT_PAGES = ("api/", "ws/", "assets/", "docs/", "metrics", "healthz", "readyz")


def dist() -> Path:
    return Path(current_app.config["ONDOL_DIST"])


@blueprint.get("/")
@blueprint.get("/<path:path>")
@hide
async def get_page(path: str = "index.html") -> Response:
    """A file of the build, else the page: its router knows the rest. Raises NotFound for what can be no page."""
    try:
        response = await _file(path)
    except HttpNotFound:
        if path.startswith(NOT_PAGES):
            raise NotFound(f"nothing at {request.path}") from None
        response = await _index()
        path = "index.html"
    response.vary.add("Accept-Encoding")
    if path.startswith("assets/"):
        response.headers["Cache-Control"] = f"public, max-age={ASSET_AGE_S}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


async def _file(path: str) -> Response:
    """A file of the build, gzipped where it lies so and the browser takes it. Raises werkzeug's NotFound."""
    if request.accept_encodings["gzip"]:
        try:
            response = await send_from_directory(dist(), f"{path}.gz", mimetype=mimetypes.guess_type(path)[0])
        except HttpNotFound:
            pass
        else:
            response.headers["Content-Encoding"] = "gzip"
            return response
    return await send_from_directory(dist(), path)


async def _index() -> Response:
    try:
        return await _file("index.html")
    except HttpNotFound:
        raise NotFound("the page is not built: run `make setup`; the API works without it") from None
