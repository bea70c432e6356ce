"""The one error shape of the house: a code, a sentence that says what to do, and its parameters."""

import errno
from collections.abc import Mapping
from typing import ClassVar

Params = Mapping[str, str | int | float | bool | None]


class OndolError(Exception):
    """Base of every error a client may see. `status` is the HTTP status; `params` are the values named in `message`."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, **params: str | int | float | bool | None) -> None:
        super().__init__(message)
        self.message = message
        self.params: dict[str, str | int | float | bool | None] = params


class ConfigError(OndolError):
    code = "config"


class AlreadyRunning(OndolError):
    code = "already_running"


class Orphaned(OndolError):
    """The supervisor that started this process is gone."""

    code = "orphaned"


class BadRequest(OndolError):
    code = "bad_request"
    status = 400


class InvalidSampling(OndolError):
    """A sampling value is out of range; params: field, min, max."""

    code = "invalid_sampling"
    status = 400


class ContextOverflow(OndolError):
    """What must be read does not fit; params: needed_tokens, n_ctx."""

    code = "context_overflow"
    status = 400


class Unauthenticated(OndolError):
    code = "unauthenticated"
    status = 401


class Forbidden(OndolError):
    code = "forbidden"
    status = 403


class ForbiddenOrigin(OndolError):
    code = "forbidden_origin"
    status = 403


class NotFound(OndolError):
    code = "not_found"
    status = 404


class MethodNotAllowed(OndolError):
    code = "method_not_allowed"
    status = 405


class Conflict(OndolError):
    code = "conflict"
    status = 409


class RunInProgress(OndolError):
    code = "run_in_progress"
    status = 409


class ModelChanged(OndolError):
    """An answer was begun by another model; params: began, now."""

    code = "model_changed"
    status = 409


class TooLarge(OndolError):
    code = "too_large"
    status = 413


class Unsupported(OndolError):
    code = "unsupported"
    status = 415


class ModelUnavailable(OndolError):
    """The model process is away, loading, or has no usable model; params: reason."""

    code = "model_unavailable"
    status = 503


class RunGivenUp(OndolError):
    """An answer was cut off too often; params: continuations."""

    code = "run_given_up"
    status = 503


class Stopping(OndolError):
    """The house is being stopped; the same request works when it is back."""

    code = "stopping"
    status = 503


class Busy(OndolError):
    """The queue is full; params: position, eta_s."""

    code = "busy"
    status = 503


class DiskFull(OndolError):
    code = "disk_full"
    status = 507


class DiskError(OndolError):
    """The disk refused a read or a write; nothing was half done."""

    code = "disk_error"
    status = 500


_FULL = {errno.ENOSPC, errno.EDQUOT}
_BROKEN = {errno.EIO, errno.EROFS, errno.EUCLEAN, errno.ENXIO, errno.ENODEV}
"""EROFS: a file system that met an error makes itself read-only. EUCLEAN: it has found itself damaged."""


def disk_error(error: OSError) -> DiskFull | DiskError | None:
    """What a refusing disk means for people; None for an error of another kind."""
    if error.errno in _FULL:
        return DiskFull("the disk is full; free some space and try again")
    if error.errno in _BROKEN:
        return DiskError(f"the disk refused to read or write ({error.strerror}); nothing was half done, check the card")
    return None


class DatabaseDamaged(OndolError):
    """A database file is not what was written; the house restarts, repairs it and says what was lost."""

    code = "database_damaged"
    status = 503


class ProtocolError(OndolError):
    """A frame that is malformed, too large or out of place."""

    code = "protocol"
    status = 400


def _by_code() -> dict[str, type[OndolError]]:
    return {kind.code: kind for kind in OndolError.__subclasses__()}


class RemoteError(OndolError):
    """An error of a code this process has no class for, told by another one."""

    def __init__(self, code: str, message: str, **params: str | int | float | bool | None) -> None:
        super().__init__(message, **params)
        self.code = code  # type: ignore[misc]  # one instance, one code: it came over a socket


def error_from(code: str, message: str, params: Params) -> OndolError:
    """Rebuild an error that another process sent as code, message and params."""
    kind = _by_code().get(code)
    if kind is None or kind is RemoteError:
        return RemoteError(code, message, **params)
    return kind(message, **params)
