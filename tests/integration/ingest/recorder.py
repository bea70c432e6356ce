"""The ingest interface of web, kept in memory: enough to see what a real one would be told."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, cast

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework
from quart import Quart, request

FINAL = {"ready", "failed", "unsupported"}
Answer = tuple[dict[str, object] | str, int]


class Passage(TypedDict):
    ordinal: int
    start: int
    end: int
    page: int | None
    heading: str


@dataclass
class Document:
    """What web would hold in its tables."""

    id: str
    path: str
    sha256: str
    size_bytes: int
    mtime_ns: int
    parser_version: str
    state: str = "queued"
    error: dict[str, str] | None = None
    text: str = ""
    chunks: list[Passage] = field(default_factory=list)


class RecordingWeb:
    """Documents by path, and the log of all requests."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.asks: dict[str, str] = {}
        self.log: list[tuple[str, str]] = []
        self.orders: dict[str, object] = {}
        self.progress: list[tuple[int, int]] = []
        self.refuse_chunks: list[int] = []
        self.refuse_removed: list[int] = []
        self._next_id = 1

    def summary(self) -> dict[str, str]:
        return {path: document.state for path, document in list(self.documents.items())[:20]}

    def ready(self, path: str) -> bool:
        return path in self.documents and self.documents[path].state == "ready"

    def count(self, state: str = "ready") -> int:
        return sum(document.state == state for document in self.documents.values())

    def calls(self, name: str) -> list[str]:
        return [what for kind, what in self.log if kind == name]

    def announce(self, told: dict[str, object]) -> dict[str, object]:
        path = cast(str, told["path"])
        self.log.append(("announce", path))
        fields = {name: told[name] for name in ("path", "sha256", "size_bytes", "mtime_ns", "parser_version")}
        known = self.documents.get(path)
        if known is None:
            known = Document(str(self._next_id), **fields)  # type: ignore[arg-type]  # a checked mapping of names
            self._next_id += 1
            self.documents[path] = known
        elif (known.sha256, known.parser_version, known.state in FINAL) == (
            told["sha256"],
            told["parser_version"],
            True,
        ):
            known.mtime_ns = cast(int, told["mtime_ns"])
            return {"action": "known", "document_id": known.id}
        for name, value in fields.items():
            setattr(known, name, value)
        return {"action": "parse", "document_id": known.id}

    def by_id(self, document_id: str) -> Document | None:
        return next((document for document in self.documents.values() if document.id == document_id), None)

    def app(self) -> Quart:
        app = Quart("recorder")
        app.config["MAX_CONTENT_LENGTH"] = None

        @app.get("/ingest/health/")
        async def get_health() -> Answer:
            return {}, 200

        @app.get("/ingest/files/")
        async def get_files() -> Answer:
            self.log.append(("files", ""))
            names = ("path", "sha256", "size_bytes", "mtime_ns", "state", "parser_version")
            files = [{name: getattr(document, name) for name in names} for document in self.documents.values()]
            return {"files": files}, 200

        @app.post("/ingest/files/")
        async def post_file() -> Answer:
            return self.announce(await request.get_json()), 200

        @app.post("/ingest/files/<document_id>/state/")
        async def post_state(document_id: str) -> Answer:
            told = await request.get_json()
            document = self.by_id(document_id)
            if document is None:
                return {"error": {"code": "not_found", "message": "no such document", "params": {}}}, 404
            document.state, document.error = told["state"], told["error"]
            self.log.append((told["state"], document.path))
            if told["progress"]:
                self.progress.append((told["progress"]["done"], told["progress"]["total"]))
            return "", 204

        @app.put("/ingest/files/<document_id>/chunks/")
        async def put_chunks(document_id: str) -> Answer:
            told = await request.get_json()
            if self.refuse_chunks:
                status = self.refuse_chunks.pop(0)
                return {"error": {"code": "refused", "message": "not now", "params": {}}}, status
            document = self.by_id(document_id)
            if document is None or document.sha256 != told["sha256"]:
                return {"error": {"code": "conflict", "message": "changed meanwhile", "params": {}}}, 409
            document.text, document.chunks, document.state = told["text"], told["chunks"], "ready"
            self.log.append(("chunks", document.path))
            return "", 204

        @app.post("/ingest/moved/")
        async def post_moved() -> Answer:
            told = await request.get_json()
            document = self.documents.pop(told["from"], None)
            if document is None:
                return {"error": {"code": "not_found", "message": "no such document", "params": {}}}, 404
            document.path = told["to"]
            self.documents[told["to"]] = document
            self.log.append(("moved", told["to"]))
            return {"document_id": document.id}, 200

        @app.post("/ingest/removed/")
        async def post_removed() -> Answer:
            if self.refuse_removed:
                self.log.append(("refused", ""))
                return {"error": {"code": "disk_full", "message": "full", "params": {}}}, self.refuse_removed.pop(0)
            for path in (await request.get_json())["paths"]:
                self.documents.pop(path, None)
                self.log.append(("removed", path))
            return "", 204

        @app.post("/ingest/asks/")
        async def post_ask() -> Answer:
            told = await request.get_json()
            self.asks[told["path"]] = told["question"] or str(told["error"])
            self.log.append(("ask", told["path"]))
            return {"action": "asked"}, 200

        @app.post("/ingest/asks/removed/")
        async def post_asks_removed() -> Answer:
            for path in (await request.get_json())["paths"]:
                self.asks.pop(path, None)
                self.log.append(("ask removed", path))
            return "", 204

        @app.post("/ingest/heartbeat/")
        async def post_heartbeat() -> Answer:
            told = await request.get_json()
            self.log.append(("heartbeat", told["state"]))
            return (self.orders, 200) if self.orders else ("", 204)

        return app


class Served:
    """A RecordingWeb on a Unix socket; may be stopped and started again."""

    def __init__(self, web: RecordingWeb, path: Path) -> None:
        self._web = web
        self._path = path
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        config = Config()
        config.bind = [f"unix:{self._path}"]
        config.graceful_timeout = 0.2
        config.errorlog = None
        self._stop.clear()
        app = cast(ASGIFramework, self._web.app())
        self._task = asyncio.create_task(serve(app, config, shutdown_trigger=self._stop.wait))
        for _ in range(500):
            if self._path.exists():
                return
            await asyncio.sleep(0.01)
        raise TimeoutError("the recorder does not listen")

    async def stop(self) -> None:
        self._stop.set()
        if self._task:
            await self._task
            self._task = None
        self._path.unlink(missing_ok=True)
