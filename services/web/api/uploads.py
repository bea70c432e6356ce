"""Multipart uploads, written to disk piece by piece as they come; a request that fails leaves nothing behind."""

import asyncio
from pathlib import Path

from quart import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from services.core.errors import BadRequest, TooLarge
from services.web.library.files import Spool
from services.web.library.paths import upload_name

LINGER_BYTES = 64_000_000
"""So much of a refused upload is still taken: a browser that is cut off while it sends never reads why."""
WRITE_BYTES = 256 * 1024
MAX_FIELD_BYTES = 64 * 1024
MAX_PARTS = 1000


class Upload:
    """The files and fields of one request. Use as an async context: what was not placed is gone at its end."""

    def __init__(self, spool_folder: Path) -> None:
        self._folder = spool_folder
        self._spooled: list[tuple[str, Spool]] = []
        self._file: Spool | None = None
        self._waiting = bytearray()
        self._field: str | None = None
        self.fields: dict[str, str] = {}

    async def __aenter__(self) -> "Upload":
        return self

    async def __aexit__(self, *exception: object) -> None:
        for _, spool in self._spooled:
            await asyncio.shield(asyncio.to_thread(spool.discard))

    async def receive(self, request: Request, max_bytes: int) -> None:
        """Read the whole body. Raises TooLarge, BadRequest, or OSError (ENOSPC) from the disk."""
        boundary = request.mimetype_params.get("boundary", "")
        if not boundary:
            raise BadRequest("multipart/form-data without a boundary")
        decoder = MultipartDecoder(boundary.encode("latin1", "replace"), max_parts=MAX_PARTS)
        total = 0
        try:
            if (request.content_length or 0) > max_bytes:
                raise RequestEntityTooLarge
            async for data in request.body:
                total += len(data)
                if total > max_bytes:
                    raise RequestEntityTooLarge
                decoder.receive_data(data)
                await self._events(decoder)
            decoder.receive_data(None)
            await self._events(decoder)
        except RequestEntityTooLarge:
            await _linger(request)
            raise TooLarge(
                f"an upload may have {max_bytes} bytes in {MAX_PARTS} parts", limit=max_bytes, parts=MAX_PARTS
            ) from None
        except ValueError as error:
            raise BadRequest(f"malformed multipart body: {error}") from None

    async def _events(self, decoder: MultipartDecoder) -> None:
        while True:
            match decoder.next_event():
                case NeedData() | Epilogue():
                    return
                case File(filename=filename):
                    await self._begin_file(filename)
                case Field(name=name):
                    self._field = name
                    self.fields[name] = ""
                case Data(data=data, more_data=more):
                    await self._take(data, more=more)

    async def _begin_file(self, filename: str) -> None:
        if not filename:
            return  # a form's file input that was left empty
        name = upload_name(filename)
        opening = asyncio.ensure_future(asyncio.to_thread(Spool, self._folder))
        try:
            self._file = await asyncio.shield(opening)
        finally:
            # Whoever goes away meanwhile does not stop the thread: its file must be known to be discarded.
            self._spooled.append((name, await opening))

    async def _take(self, data: bytes, *, more: bool) -> None:
        if self._field is not None:
            text = self.fields[self._field] + data.decode("utf-8", "strict")
            if len(text) > MAX_FIELD_BYTES:
                raise TooLarge(f"the field {self._field} is too long", limit=MAX_FIELD_BYTES)
            self.fields[self._field] = text
        elif self._file is not None:
            self._waiting += data
            if len(self._waiting) >= WRITE_BYTES or not more:
                piece, self._waiting = bytes(self._waiting), bytearray()
                await asyncio.to_thread(self._file.write, piece)
        if not more:
            self._field = self._file = None

    def only_file(self) -> Path:
        """The one file of the request, where it waits. Raises BadRequest when there is none or another one."""
        if len(self._spooled) != 1:
            raise BadRequest("the request needs one field `file` with one file in it", field="file")
        _, spool = self._spooled[0]
        spool.flush()
        return spool.path

    async def place(self, folder: Path) -> list[Path]:
        """Put every file into its folder; where they lie. Raises BadRequest when there was none."""
        if not self._spooled:
            raise BadRequest("the request has no field `file` with a file in it", field="file")
        return [await asyncio.to_thread(spool.finish, folder, name) for name, spool in self._spooled]


async def _linger(request: Request) -> None:
    taken = 0
    async for data in request.body:
        taken += len(data)
        if taken > LINGER_BYTES:
            return
