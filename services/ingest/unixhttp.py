"""A small HTTP/1.1 client over a Unix socket: one kept connection, bodies from memory or from a file."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import BinaryIO

import h11

_READ_BYTES = 65_536


class WebGone(ConnectionError):
    """Nobody answers on the socket, or the answer broke off."""


class UnixHttp:
    """Not for use by two tasks at a time. `timeout_s`: longest wait for one answer."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._protocol = h11.Connection(h11.CLIENT)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self, method: str, target: str, body: bytes | BinaryIO = b"") -> tuple[int, bytes]:
        """Status and body of the answer. Raises WebGone."""
        kept = self._writer is not None
        try:
            async with asyncio.timeout(self._timeout_s):
                try:
                    return await self._exchange(method, target, body)
                except (OSError, EOFError, h11.ProtocolError):
                    self.close()
                    if not kept:
                        raise
                # The server may drop an idle connection at the very moment of the next request: every request of this
                # interface may be said twice.
                return await self._exchange(method, target, body)
        except (OSError, EOFError, TimeoutError, h11.ProtocolError) as error:
            self.close()
            raise WebGone(f"{method} {target}: {type(error).__name__} {error}") from error
        except BaseException:
            self.close()
            raise

    async def _exchange(self, method: str, target: str, body: bytes | BinaryIO) -> tuple[int, bytes]:
        reader, writer = await self._connected()
        size = len(body) if isinstance(body, bytes) else os.fstat(body.fileno()).st_size
        headers = [("host", "ondol"), ("content-type", "application/json"), ("content-length", str(size))]
        self._put(writer, h11.Request(method=method, target=target, headers=headers))
        if isinstance(body, bytes):
            self._put(writer, h11.Data(data=body))
        else:
            body.seek(0)
            while data := body.read(_READ_BYTES):
                self._put(writer, h11.Data(data=data))
                await writer.drain()
        self._put(writer, h11.EndOfMessage())
        await writer.drain()
        return await self._answer(reader)

    def _put(self, writer: asyncio.StreamWriter, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        data = self._protocol.send(event)
        if data:
            writer.write(data)

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        status, parts = 0, []
        while True:
            match self._protocol.next_event():
                case h11.NEED_DATA:
                    data = await reader.read(_READ_BYTES)
                    self._protocol.receive_data(data)
                case h11.Response(status_code=code):
                    status = code
                case h11.Data(data=data):
                    parts.append(bytes(data))
                case h11.EndOfMessage():
                    break
                case h11.ConnectionClosed():
                    raise EOFError("the connection was closed")
        self._next_cycle()
        return status, b"".join(parts)

    def _next_cycle(self) -> None:
        if self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE:
            self._protocol.start_next_cycle()
        else:
            self.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._protocol = h11.Connection(h11.CLIENT)
            self._reader, self._writer = await asyncio.open_unix_connection(str(self._path))
        return self._reader, self._writer

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        writer, self._writer, self._reader = self._writer, None, None
        if writer:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()
