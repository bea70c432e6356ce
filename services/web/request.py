"""Requests of this app: JSON bodies are read by msgspec, which is strict about text and bounded in depth."""

from typing import Any

import msgspec
from quart import Request

from services.core.errors import BadRequest, Unsupported


class JsonRequest(Request):
    """Quart's request with a `get_json` that fails in one way only."""

    async def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body. Raises Unsupported for another content type, BadRequest for what is not JSON."""
        if not (force or self.is_json):
            raise Unsupported("the body must be JSON; send it with Content-Type: application/json")
        try:
            return msgspec.json.decode(await self.get_data(cache=cache, as_text=False))
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise BadRequest(f"the body is not valid JSON: {error}") from None
