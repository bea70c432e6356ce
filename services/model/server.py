"""`run/model.sock`: connections, the handshake, and frames to and from the worker thread. Runs on the asyncio loop."""

import asyncio
import contextlib
import itertools
import logging
import os
from collections.abc import Callable
from pathlib import Path

from services.core.errors import ModelUnavailable, OndolError, ProtocolError
from services.core.protocol.codec import encode, request_decoder
from services.core.protocol.frames import PROTOCOL_VERSION, Abort, Failed, Frame, Hello, ModelState, Request
from services.model.worker import Ask, Command, Gone

log = logging.getLogger(__name__)

MAX_UNSENT_BYTES = 64 * 1024 * 1024
"""A caller that does not read loses its connection instead of filling our memory."""


class Server:
    """Owns the socket file. `post` hands commands to the worker; `publish` and `deliver` are for its answers."""

    def __init__(self, path: Path, post: Callable[[Command], None], on_abort: Callable[[], None]) -> None:
        self._path = path
        self._post = post
        self._on_abort = on_abort
        self._numbers = itertools.count(1)
        self._connections: dict[int, Connection] = {}
        self._server: asyncio.Server | None = None
        self.state: ModelState | None = None

    async def start(self) -> None:
        """Listen. A socket file that is already there belongs to a dead process: the caller holds the lock."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.get_running_loop().create_unix_server(
                lambda: Connection(self, next(self._numbers)), str(self._path)
            )
        finally:
            os.umask(mask)

    def close(self) -> None:
        """Stop listening, end all connections, remove the socket file."""
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        for connection in list(self._connections.values()):
            connection.end()

    def publish(self, state: ModelState) -> None:
        """Tell everybody the new state."""
        self.state = state
        for connection in self._connections.values():
            if connection.greeted:
                connection.send(encode(state))

    def deliver(self, frames: list[tuple[int, Frame]]) -> None:
        """Send answers; those of connections that are gone are dropped. One write a connection."""
        if len(frames) == 1:
            number, frame = frames[0]
            if number in self._connections:
                self._connections[number].send(encode(frame))
            return
        data: dict[int, list[bytes]] = {}
        for number, frame in frames:
            data.setdefault(number, []).append(encode(frame))
        for number, parts in data.items():
            if number in self._connections:
                self._connections[number].send(b"".join(parts))

    # --- for connections ----------------------------------------------------------------------------------------

    def joined(self, connection: "Connection") -> None:
        self._connections[connection.number] = connection

    def left(self, connection: "Connection") -> None:
        if self._connections.pop(connection.number, None) is not None and connection.asked:
            self._on_abort()
            self._post(Gone(connection.number))

    def take(self, connection: "Connection", request: Request) -> None:
        """One decoded request: the handshake here, everything else to the worker, once a model is loaded."""
        if isinstance(request, Hello):
            self._greet(connection, request)
        elif not connection.greeted:
            connection.fail(ProtocolError("say Hello first"), request.id)
        elif self.state is None or self.state.state != "ready":
            if not isinstance(request, Abort):
                connection.fail(self._not_ready(), request.id)
        else:
            connection.asked = True
            if isinstance(request, Abort):
                self._on_abort()
            self._post(Ask(connection.number, request))

    def _greet(self, connection: "Connection", hello: Hello) -> None:
        if hello.protocol != PROTOCOL_VERSION:
            message = f"protocol {hello.protocol} is not spoken here, {PROTOCOL_VERSION} is; restart both processes"
            connection.fail(ProtocolError(message, protocol=PROTOCOL_VERSION), None)
            connection.end()
            return
        connection.greeted = True
        if self.state is not None:
            connection.send(encode(self.state))

    def _not_ready(self) -> ModelUnavailable:
        if self.state is None or self.state.state != "unavailable":
            return ModelUnavailable("the model is being loaded; try again in a moment", reason="loading")
        return ModelUnavailable(self.state.reason, reason=self.state.reason)


class Connection(asyncio.Protocol):
    """One caller."""

    def __init__(self, server: Server, number: int) -> None:
        self.number = number
        self.greeted = False
        self.asked = False
        """Whether the worker knows of it; one that only said Hello (a health probe) leaves without a trace."""
        self._server = server
        self._decoder = request_decoder()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._server.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.left(self)

    def data_received(self, data: bytes) -> None:
        try:
            for request in self._decoder.feed(data):
                if isinstance(request, ProtocolError):
                    self.fail(request, None)
                else:
                    self._server.take(self, request)
        except ProtocolError as error:
            self.fail(error, None)
            self.end()

    def send(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            log.warning("connection %d does not read its answers; it is ended", self.number)
            self._transport.abort()

    def fail(self, error: OndolError, request_id: int | None) -> None:
        self.send(encode(Failed(request_id, error.code, error.message, error.params)))

    def end(self) -> None:
        if self._transport is not None:
            self._transport.close()
