"""Requests of this app: JSON bodies are read by msgspec, which is strict about text and bounded in depth."""

import asyncio
import contextlib
from typing import Any

import msgspec
from quart import Request
from quart.wrappers.request import Body

from services.core.errors import BadRequest, Unsupported

LINGER_S = 5.0


class WholeBody(Body):
    """Knows when everything has come, also of a body that was refused."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Nothing more comes."""
        self.set_complete()
        self._ended.set()

    async def linger(self) -> None:
        """Let the rest of a refused body come for a while, unread: who is cut off while sending never reads why."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._ended.wait()


class JsonRequest(Request):
    """Quart's request with a `get_json` that fails in one way only."""

    body_class = WholeBody

    async def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body. Raises Unsupported for another content type, BadRequest for what is not JSON."""
        if not (force or self.is_json):
            raise Unsupported("the body must be JSON; send it with Content-Type: application/json")
        try:
            return msgspec.json.decode(await self.get_data(cache=cache, as_text=False))
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise BadRequest(f"the body is not valid JSON: {error}") from None
