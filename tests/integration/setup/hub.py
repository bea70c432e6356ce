"""A small model hub on loopback: metadata as the real one gives it, ranges, a storage host beside it, and cuts."""

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

COMMIT = "0" * 39 + "1"


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    host: str
    range: str
    authorization: str


@dataclass
class SmallHub:
    """Serves `content` as any file of any repository. `cuts` are byte counts after which one GET each breaks off."""

    content: bytes
    cuts: list[int] = field(default_factory=list)
    etag: str = ""
    status: int = 200
    error_code: str = ""
    ignores_ranges: bool = False
    redirect_to: str = ""
    seen: list[Seen] = field(default_factory=list)

    def __enter__(self) -> "SmallHub":
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self.etag = self.etag or hashlib.sha256(self.content).hexdigest()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ranges(self) -> list[str]:
        return [request.range for request in self.seen if request.method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    hub: SmallHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def end_headers(self) -> None:
        """Every answer ends its connection, so that stopping does not wait for one that is kept open."""
        self.send_header("Connection", "close")
        super().end_headers()

    def _note(self) -> None:
        header = self.headers.get
        self.hub.seen.append(
            Seen(self.command, self.path, header("Host", ""), header("Range", ""), header("Authorization", ""))
        )

    def _refused(self) -> bool:
        if self.hub.status == 200:
            return False
        self.send_response(self.hub.status)
        if self.hub.error_code:
            self.send_header("X-Error-Code", self.hub.error_code)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def do_HEAD(self) -> None:
        self._note()
        if self._refused():
            return
        if self.hub.redirect_to:
            self.send_response(302)
            self.send_header("Location", self.hub.redirect_to + "/storage/blob")
            self.send_header("Content-Length", "0")
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.hub.content)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(len(self.hub.content)))
        self.send_header("X-Linked-Etag", f'"{self.hub.etag}"')
        self.send_header("ETag", '"another"')
        self.end_headers()

    def do_GET(self) -> None:
        self._note()
        if self._refused():
            return
        start = 0
        asked = self.headers.get("Range", "")
        if asked and not self.hub.ignores_ranges:
            start = int(asked.removeprefix("bytes=").split("-")[0])
            self.send_response(206)
            total = len(self.hub.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        else:
            self.send_response(200)
        body = self.hub.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.hub.cuts:
            self.wfile.write(body[: self.hub.cuts.pop(0)])
            self.close_connection = True
            return
        self.wfile.write(body)
