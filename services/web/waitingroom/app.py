"""The waiting room's app: whatever is asked for, on any path, is answered with the reason."""

import msgspec
from quart import Quart, Response, request

from services.core.errors import OndolError
from services.web.api.health import Health, Readiness
from services.web.errors import ErrorAnswer, body_of
from services.web.waitingroom.page import AGAIN_S, render
from services.web.waitingroom.words import Language, plain, words_for

CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PROGRAMS = ("/api/", "/v1/", "/ws/", "/ingest/", "/metrics", "/assets/", "/docs/")
TYPES = ("text/html", "text/plain", "application/json")


def create_waiting_room(obstacle: OndolError) -> Quart:
    """Answers 503 and why; `/healthz` 200, since the process is well."""
    app = Quart("ondol.waitingroom", static_folder=None)

    @app.before_request
    async def answer() -> Response:
        return _hardened(_answer(obstacle))

    @app.before_websocket
    async def refuse() -> Response:
        return _hardened(_error(obstacle))

    return app


def _answer(obstacle: OndolError) -> Response:
    if request.path == "/healthz":
        return _json(Health("waiting"), 200)
    if request.path == "/readyz":
        return _json(_readiness(obstacle), 503)
    kind = request.accept_mimetypes.best_match(TYPES, "text/html")
    if request.path.startswith(PROGRAMS) or kind == "application/json" or request.method not in ("GET", "HEAD"):
        return _error(obstacle)
    return _page(obstacle, kind)


def _page(obstacle: OndolError, kind: str) -> Response:
    language: Language = "ko" if request.accept_languages.best_match(("en", "ko"), "en") == "ko" else "en"
    words = words_for(obstacle, language)
    text = plain(words, obstacle) + "\n" if kind == "text/plain" else render(words, obstacle, language)
    response = Response(text, 503, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Language"] = language
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _error(obstacle: OndolError) -> Response:
    return _json(ErrorAnswer(body_of(obstacle)), 503)


def _readiness(obstacle: OndolError) -> Readiness:
    unknown = {"state": "unknown", "reason": ""}
    why = {"state": "waiting", "reason": obstacle.message, "code": obstacle.code}
    return Readiness("waiting", ["web"], why, unknown, unknown, unknown, unknown)


def _json(answer: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(answer), status, content_type="application/json")


def _hardened(response: Response) -> Response:
    headers = response.headers
    headers["Cache-Control"] = "no-store"
    headers["Content-Security-Policy"] = CONTENT_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    if response.status_code == 503:
        headers["Retry-After"] = str(AGAIN_S)
    return response
