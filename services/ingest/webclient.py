"""The ingest interface of web, as this side speaks it."""

import asyncio
from collections.abc import Sequence
from typing import BinaryIO, Literal

import msgspec

from services.core.errors import OndolError, error_from
from services.ingest.messages import Failed
from services.ingest.stability import Stat
from services.ingest.unixhttp import UnixHttp, WebGone

_encode = msgspec.json.Encoder().encode


class KnownFile(msgspec.Struct, frozen=True):
    """A document as web lists it."""

    path: str
    sha256: str
    size_bytes: int
    mtime_ns: int
    state: str
    parser_version: str | None = None


class KnownFiles(msgspec.Struct, frozen=True):
    files: list[KnownFile]


class Announcement(msgspec.Struct, frozen=True):
    """A file as it lies in the inbox."""

    path: str
    sha256: str
    size_bytes: int
    mtime_ns: int
    parser_version: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether the file is to be read."""

    action: Literal["parse", "known"]
    document_id: str


class AskError(msgspec.Struct, frozen=True):
    """Why a question could not be read."""

    code: str
    message: str


class Ask(msgspec.Struct, frozen=True):
    """A question by file, as it lies in the inbox."""

    path: str
    sha256: str
    question: str
    error: AskError | None = None


class Orders(msgspec.Struct, frozen=True):
    """What web may answer to a heartbeat: stand back while a chat runs hot, begin nothing while the disk is nearly
    full, read these paths again."""

    busy: bool = False
    rest: bool = False
    retry: list[str] = []


class _ErrorBody(msgspec.Struct, frozen=True):
    code: str
    message: str
    params: dict[str, str | int | float | bool | None] = {}


class _ErrorAnswer(msgspec.Struct, frozen=True):
    error: _ErrorBody


def _error(status: int, body: bytes) -> OndolError:
    try:
        told = msgspec.json.decode(body, type=_ErrorAnswer).error
    except msgspec.MsgspecError:
        told = _ErrorBody("internal", f"web answered {status}")
    error = error_from(told.code, told.message, told.params)
    error.status = status  # type: ignore[misc]  # what was said on the wire counts
    return error


class WebClient:
    """Raises WebGone when web is away, OndolError when it refuses. Safe for several tasks: one request at a time."""

    def __init__(self, http: UnixHttp) -> None:
        self._http = http
        self._lock = asyncio.Lock()

    async def _ask(self, method: str, target: str, body: bytes | BinaryIO = b"") -> bytes:
        async with self._lock:
            status, answer = await self._http.request(method, target, body)
        if status == 503:
            raise WebGone(f"{method} {target}: web is not ready")
        if status >= 400:
            raise _error(status, answer)
        return answer

    async def health(self) -> None:
        """Returns when web is ready."""
        await self._ask("GET", "/ingest/health/")

    async def files(self) -> list[KnownFile]:
        """Everything web knows of the inbox."""
        return msgspec.json.decode(await self._ask("GET", "/ingest/files/"), type=KnownFiles).files

    async def announce(self, path: str, sha256: str, stat: Stat, parser_version: str) -> Verdict:
        """Tell of a file; web says whether it is to be read."""
        told = Announcement(path, sha256, stat.size, stat.mtime_ns, parser_version)
        return msgspec.json.decode(await self._ask("POST", "/ingest/files/", _encode(told)), type=Verdict)

    async def state(
        self, document_id: str, state: str, error: Failed | None = None, progress: tuple[int, int] | None = None
    ) -> None:
        """Tell how the reading goes, or how it failed."""
        told = {
            "state": state,
            "error": {"code": error.code, "message": error.message} if error else None,
            "progress": {"done": progress[0], "total": progress[1]} if progress else None,
        }
        await self._ask("POST", f"/ingest/files/{document_id}/state/", _encode(told))

    async def chunks(self, document_id: str, body: BinaryIO) -> None:
        """Hand over text and passages, as the parser child wrote them."""
        await self._ask("PUT", f"/ingest/files/{document_id}/chunks/", body)

    async def moved(self, source: str, target: str) -> None:
        """The document at `source` lies at `target` now."""
        await self._ask("POST", "/ingest/moved/", _encode({"from": source, "to": target}))

    async def removed(self, paths: Sequence[str]) -> None:
        """These documents are gone."""
        await self._ask("POST", "/ingest/removed/", _encode({"paths": list(paths)}))

    async def ask(self, ask: Ask) -> None:
        """Tell of a question; web knows whether it has been answered already."""
        await self._ask("POST", "/ingest/asks/", _encode(ask))

    async def asks_removed(self, paths: Sequence[str]) -> None:
        """These questions are gone."""
        await self._ask("POST", "/ingest/asks/removed/", _encode({"paths": list(paths)}))

    async def heartbeat(self, pid: int, state: str, queue: int) -> Orders:
        """Sign of life; gives what web wants done."""
        answer = await self._ask("POST", "/ingest/heartbeat/", _encode({"pid": pid, "state": state, "queue": queue}))
        return msgspec.json.decode(answer, type=Orders) if answer.strip() else Orders()

    def close(self) -> None:
        """Drop the connection."""
        self._http.close()
