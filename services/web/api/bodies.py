"""Request bodies that fit the box: small ones in memory, uploads past it at the speed of the disk."""

import asyncio
from collections.abc import Awaitable, Callable

from hypercorn.typing import HTTPScope
from quart import Quart, Request
from quart.asgi import ASGIHTTPConnection
from werkzeug.datastructures import Headers

from services.web.request import JsonRequest, WholeBody

MAX_WAITING_BYTES = 1_000_000


class PacedBody(WholeBody):
    """Takes no more from the network while MAX_WAITING_BYTES wait to be written."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._room = asyncio.Event()
        self._room.set()

    def append(self, data: bytes) -> None:
        super().append(data)
        if len(self._data) > MAX_WAITING_BYTES:
            self._room.clear()

    async def __anext__(self) -> bytes:
        data = await super().__anext__()
        self._room.set()
        return data

    async def room(self) -> None:
        """Return when more may come."""
        await self._room.wait()


class PacedConnection(ASGIHTTPConnection):
    """Quart's own takes a body as fast as it comes, however slow the handler writes it down."""

    async def handle_messages(self, request: Request, receive: Callable[[], Awaitable[object]]) -> None:
        body = request.body
        assert isinstance(body, WholeBody)
        while True:
            message = await receive()
            assert isinstance(message, dict)
            if message["type"] == "http.disconnect":
                return
            if message["type"] == "http.request":
                body.append(message.get("body", b""))
                if not message.get("more_body", False):
                    body.end()
                elif isinstance(body, PacedBody):
                    await body.room()


def install_uploads(app: Quart, *paths: str) -> None:
    """Let multipart POSTs to `paths` come past memory; their handler limits them. Everything else keeps
    MAX_CONTENT_LENGTH."""

    class SizedRequest(JsonRequest):
        def __init__(
            self,
            method: str,
            scheme: str,
            requested: str,
            query_string: bytes,
            headers: Headers,
            root_path: str,
            http_version: str,
            scope: HTTPScope,
            *,
            max_content_length: int | None = None,
            body_timeout: int | None = None,
            send_push_promise: Callable[[str, Headers], Awaitable[None]],
        ) -> None:
            kind = headers.get("Content-Type", "")
            if method == "POST" and requested in paths and kind.lower().startswith("multipart/form-data"):
                self.body_class = PacedBody
                max_content_length = None
            super().__init__(
                method,
                scheme,
                requested,
                query_string,
                headers,
                root_path,
                http_version,
                scope,
                max_content_length=max_content_length,
                body_timeout=body_timeout,
                send_push_promise=send_push_promise,
            )

    app.request_class = SizedRequest  # type: ignore[assignment]  # Quart declares the very class, not a kind of it
    app.asgi_http_class = PacedConnection
