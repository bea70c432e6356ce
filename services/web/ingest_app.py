"""The second small app, on run/web.sock: what ingest sees, reads and loses. The public app has none of these routes."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

import msgspec
from quart import Quart, Response, request

from services.core.errors import BadRequest, NotFound
from services.web.chat.asks import Asks
from services.web.errors import install_error_handlers
from services.web.library.ingestion import Registered, checked_progress
from services.web.library.library import Library
from services.web.library.types import ChunkIn
from services.web.storage.asks import Ask
from services.web.storage.documents import DocumentError, DocumentFile, FileFacts

BYTES_PER_CHAR = 6  # JSON may write a character as \uXXXX
OVERHEAD_BYTES = 64_000_000  # the chunks of a text of 20 million characters
Heartbeat = Callable[[int, str, int], bool]
T = TypeVar("T")


class FilesAnswer(msgspec.Struct, frozen=True):
    files: list[DocumentFile]


class ProgressIn(msgspec.Struct, frozen=True):
    done: int
    total: int


class StateIn(msgspec.Struct, frozen=True):
    state: Literal["parsing", "failed", "unsupported"]
    error: DocumentError | None = None
    progress: ProgressIn | None = None


class ChunksIn(msgspec.Struct, frozen=True):
    """`text` is NFC; `start` and `end` of a chunk are code points into it."""

    sha256: str
    parser_version: str
    text: str
    chunks: list[ChunkIn]


class MovedIn(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    source: str
    target: str


class MovedAnswer(msgspec.Struct, frozen=True):
    document_id: str


class RemovedIn(msgspec.Struct, frozen=True):
    paths: list[str]


class AskAnswer(msgspec.Struct, frozen=True):
    """`known`: this very question has been told before."""

    action: Literal["asked", "known"]


class HeartbeatAnswer(msgspec.Struct, frozen=True):
    """`busy`: somebody waits for an answer, a long job should rest. `rest`: the disk is nearly full, begin nothing."""

    busy: bool
    rest: bool


class HeartbeatIn(msgspec.Struct, frozen=True):
    pid: Annotated[int, msgspec.Meta(gt=0)]
    state: str
    queue: Annotated[int, msgspec.Meta(ge=0)]


async def _body(kind: type[T]) -> T:
    """The request's JSON, decoded straight from its bytes: a long text is held once."""
    try:
        return msgspec.json.decode(await request.get_data(cache=False), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(f"the request is malformed: {error}") from None


def _json(answer: FilesAnswer | Registered | MovedAnswer | AskAnswer | HeartbeatAnswer) -> Response:
    return Response(msgspec.json.encode(answer), mimetype="application/json")


def _number(document_id: str) -> int:
    if not document_id.isascii() or not document_id.isdigit():
        raise NotFound(f"no document {document_id!r}")
    return int(document_id)


def create_ingest_app(library: Library, asks: Asks, heartbeat: Heartbeat) -> Quart:
    """`heartbeat` is told (pid, state, files waiting) every few seconds while ingest lives, and says whether reading
    should rest."""
    app = Quart("ondol.ingest", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BYTES_PER_CHAR * library.config.ingest.max_text_chars + OVERHEAD_BYTES
    install_error_handlers(app)
    _add_files(app, library)
    _add_asks(app, asks)
    _add_life(app, library, heartbeat)
    return app


def _add_files(app: Quart, library: Library) -> None:
    ingestion = library.ingestion

    @app.get("/ingest/files/")
    async def get_files() -> Response:
        return _json(FilesAnswer(await ingestion.files()))

    @app.post("/ingest/files/")
    async def post_file() -> Response:
        return _json(await ingestion.register(await _body(FileFacts)))

    @app.post("/ingest/files/<document_id>/state/")
    async def post_state(document_id: str) -> tuple[str, int]:
        data = await _body(StateIn)
        progress = checked_progress(data.progress.done, data.progress.total) if data.progress else None
        await ingestion.set_state(_number(document_id), data.state, data.error, progress)
        return "", 204

    @app.put("/ingest/files/<document_id>/chunks/")
    async def put_chunks(document_id: str) -> tuple[str, int]:
        data = await _body(ChunksIn)
        await ingestion.put_chunks(_number(document_id), data.sha256, data.parser_version, data.text, data.chunks)
        return "", 204

    @app.post("/ingest/moved/")
    async def post_moved() -> Response:
        data = await _body(MovedIn)
        return _json(MovedAnswer(str(await ingestion.moved(data.source, data.target))))

    @app.post("/ingest/removed/")
    async def post_removed() -> tuple[str, int]:
        await library.removed((await _body(RemovedIn)).paths)
        return "", 204


def _add_asks(app: Quart, asks: Asks) -> None:
    @app.post("/ingest/asks/")
    async def post_ask() -> Response:
        return _json(AskAnswer("asked" if await asks.tell(await _body(Ask)) else "known"))

    @app.post("/ingest/asks/removed/")
    async def post_asks_removed() -> tuple[str, int]:
        await asks.forget((await _body(RemovedIn)).paths)
        return "", 204


def _add_life(app: Quart, library: Library, heartbeat: Heartbeat) -> None:
    @app.get("/ingest/health/")
    async def get_health() -> tuple[str, int]:
        return "", 200

    @app.post("/ingest/heartbeat/")
    async def post_heartbeat() -> Response:
        data = await _body(HeartbeatIn)
        return _json(HeartbeatAnswer(heartbeat(data.pid, data.state, data.queue), library.rests()))
