"""A zip that is written while it is sent: nothing of it waits in memory or on disk."""

import io
import zipfile
from collections.abc import AsyncIterator, Callable
from typing import IO

CHUNK_BYTES = 256 * 1024


class _Pipe(io.RawIOBase):
    """Keeps what was written until it is taken; zipfile sees that it cannot go back, and writes sizes behind."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]  # what io hands on is a buffer
        self._waiting += view
        return view.nbytes

    def take(self) -> bytes:
        data = bytes(self._waiting)
        self._waiting.clear()
        return data


class ZipStream:
    """Members one after another; each call yields the bytes that are ready to be sent."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)

    async def texts(self, name: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        with self._zip.open(name, "w", force_zip64=True) as member:
            async for piece in pieces:
                member.write(piece)
                yield self._pipe.take()
        yield self._pipe.take()

    async def file(
        self, name: str, source: IO[bytes], run: Callable[[Callable[[], bytes]], "AsyncIterator[bytes]"]
    ) -> AsyncIterator[bytes]:
        """A file; `run` calls a blocking function again and again until it returns nothing."""
        with self._zip.open(name, "w", force_zip64=True) as member:

            def step() -> bytes:
                data = source.read(CHUNK_BYTES)
                member.write(data)
                return data

            async for _ in run(step):
                yield self._pipe.take()
        yield self._pipe.take()

    def end(self) -> bytes:
        self._zip.close()
        return self._pipe.take()
