"""Every failure of a request becomes the one error shape; nobody outside ever sees a traceback."""

import logging
import secrets

import msgspec
from quart import Quart, Response, g, has_request_context, jsonify, request
from quart_schema import RequestSchemaValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from services.core.errors import (
    BadRequest,
    MethodNotAllowed,
    NotFound,
    OndolError,
    TooLarge,
    Unsupported,
    disk_error,
)
from services.web.request import WholeBody

log = logging.getLogger(__name__)


class ErrorBody(msgspec.Struct, frozen=True):
    """What a client gets. `params` are the values that `message` names."""

    code: str
    message: str
    params: dict[str, str | int | float | bool | None]
    request_id: str


class ErrorAnswer(msgspec.Struct, frozen=True):
    error: ErrorBody


def request_id() -> str:
    """The id of this request, made on first use; it is in the log line and in the answer."""
    if not has_request_context():
        return secrets.token_hex(6)
    if not hasattr(g, "request_id"):
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def body_of(error: OndolError) -> ErrorBody:
    return ErrorBody(error.code, error.message, dict(error.params), request_id())


def typed(error: Exception) -> OndolError:
    """Any exception as an error a client may see; what nobody expected becomes `internal` and is logged with its
    trace."""
    match error:
        case OndolError():
            return error
        case RequestSchemaValidationError():
            return BadRequest(f"the request is malformed: {error.validation_error}")
        case HTTPException():
            return _from_http(error)
        case OSError() if (known := disk_error(error)) is not None:
            log.error("request %s: %s", request_id(), error)
            return known
    log.error("request %s failed", request_id(), exc_info=error)
    return OndolError("something went wrong inside; the log has the details under this request id")


def _from_http(error: HTTPException) -> OndolError:
    message = error.description or str(error)
    kinds: dict[int | None, type[OndolError]] = {
        404: NotFound,
        405: MethodNotAllowed,
        413: TooLarge,
        415: Unsupported,
    }
    kind = kinds.get(error.code, BadRequest)
    return kind(message)


def install_error_handlers(app: Quart) -> None:
    """Render OndolError, HTTP errors and everything else in the one shape."""

    async def handle(error: Exception) -> tuple[Response, int]:
        known = typed(error)
        if isinstance(error, RequestEntityTooLarge) and isinstance(request.body, WholeBody):
            await request.body.linger()
        return jsonify(msgspec.to_builtins(ErrorAnswer(body_of(known)))), known.status

    app.register_error_handler(OndolError, handle)
    app.register_error_handler(HTTPException, handle)
    app.register_error_handler(Exception, handle)
