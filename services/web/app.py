"""The public app: REST, WebSocket and the page. `create_app` takes its parts and starts nothing."""

from datetime import timedelta
from pathlib import Path

from quart import Quart, Response, has_request_context, request, websocket
from quart.sessions import SecureCookieSessionInterface
from quart_cors import cors
from quart_schema import QuartSchema

from services.core.errors import Forbidden
from services.core.version import VERSION
from services.web.api import (
    account,
    auth,
    citations,
    documents,
    engine,
    feedback,
    health,
    messages,
    models,
    pages,
    runs,
    safety,
    search,
    selftest,
    session_list,
    sessions,
    status,
    templates,
    transfer,
    trials,
)
from services.web.api.common import deps
from services.web.deps import Deps
from services.web.errors import install_error_handlers
from services.web.security import SAFE_METHODS, check_origin, host_is_home
from services.web.ws import chat, events, library

CONTENT_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:;"
    " frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


PARTS = (
    auth, account, session_list, transfer, sessions, messages, runs, citations, feedback, templates, trials, documents,
    search, selftest, engine, models, status, health, safety, chat, events, library, pages,
)  # fmt: skip


class CookieSessions(SecureCookieSessionInterface):
    """`Secure` only where the browser came over TLS: a box at home is reached by plain HTTP."""

    def get_cookie_secure(self, app: Quart) -> bool:
        return request.scheme == "https" if has_request_context() else websocket.scheme == "wss"


def create_app(parts: Deps, dist: Path) -> Quart:
    """`dist` is the folder of the built page."""
    app = Quart("ondol", static_folder=None)
    app.extensions["ondol"] = parts
    _configure(app, parts, dist)
    QuartSchema(
        app,
        openapi_path="/api/openapi.json",
        swagger_ui_path="/api/docs",
        redoc_ui_path=None,
        scalar_ui_path=None,
        info={"title": "Ondol", "version": VERSION},
        conversion_preference="msgspec",
    )
    install_error_handlers(app)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    app.before_request(_refuse_strangers)
    app.after_request(_harden)
    if parts.config.web.allowed_origins:
        cors(app, allow_origin=parts.config.web.allowed_origins, allow_credentials=True)
    return app


def _configure(app: Quart, parts: Deps, dist: Path) -> None:
    app.secret_key = parts.secret_key
    app.session_interface = CookieSessions()
    app.config.update(
        ONDOL_DIST=str(dist),
        MAX_CONTENT_LENGTH=parts.config.web.max_json_bytes,
        SESSION_COOKIE_NAME="ondol_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=parts.config.web.session_lifetime_s),
        QUART_SCHEMA_SWAGGER_JS_URL="/docs/swagger-ui-bundle.js",
        QUART_SCHEMA_SWAGGER_CSS_URL="/docs/swagger-ui.css",
    )


async def _refuse_strangers() -> None:
    """Pages of other sites may not change anything here, and nobody may reach us under a name that is not ours."""
    web = deps().config.web
    if request.path in ("/healthz", "/metrics", "/readyz"):
        return
    if not host_is_home(request.host, web.allowed_hosts):
        raise Forbidden(f"{request.host} is not a name of this box; add it to web.allowed_hosts if it is")
    if request.method not in SAFE_METHODS:
        check_origin(request.headers.get("Origin"), request.host, web.allowed_origins)


async def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    if not request.path.startswith("/api/docs"):
        headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    return response
