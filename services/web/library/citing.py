"""Cited passages: what is noted of them when they are cited, and how they stand later."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from services.web.library.comparing import DiffPart, closest, word_diff
from services.web.storage.chunks import select_chunks_near
from services.web.storage.citations import (
    Origin,
    Place,
    Wanted,
    select_chunk_at,
    select_origins,
    select_places,
    select_position,
)
from services.web.storage.contents import select_text
from services.web.storage.database import Database

Status = Literal["current", "changed", "deleted"]
MAX_REMEMBERED = 4096
CHUNKS_COMPARED = 400


class Standing(msgspec.Struct, frozen=True):
    """How a citation stands. `document_id` and `chunk_id` say where it is now, None where it is nowhere."""

    status: Status
    document_id: str | None = None
    chunk_id: str | None = None
    title: str | None = None


class SourceDiff(msgspec.Struct, frozen=True):
    """The cited passage against what stands in its place now; for a deleted document everything is a `delete`."""

    status: Status
    document_id: str | None
    chunk_id: str | None
    ops: list[DiffPart]


class Citing:
    """Positions of passages in contents that changed are remembered: what a content says never changes."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._positions: dict[tuple[str, str, str], int | None] = {}

    async def origins(self, wanted: Sequence[Wanted]) -> dict[int, Origin]:
        """What to note of passages that are being cited, by their place in `wanted`."""
        return await select_origins(self._db, wanted) if wanted else {}

    async def standings(self, username: str, wanted: Sequence[Wanted]) -> list[Standing]:
        """How each stands for this reader: one query for all that did not change."""
        places = await select_places(self._db, wanted, username) if wanted else {}
        return [await self._standing(one, places.get(i)) for i, one in enumerate(wanted)]

    async def _standing(self, wanted: Wanted, place: Place | None) -> Standing:
        if place is None:
            return Standing("deleted")
        document_id = str(place.document_id)
        if place.content_id is None:
            # It waits to be read, or it was read and says nothing (any more).
            waits = place.state in ("queued", "parsing")
            return Standing("current" if waits else "changed", document_id, None, place.title)
        if place.chunk_id is not None:
            return Standing("current", document_id, str(place.chunk_id), place.title)
        at = await self._position(place, wanted.text)
        same = at is not None or place.sha256 == wanted.sha256
        chunk_id = await select_chunk_at(self._db, place.content_id, wanted.start if at is None else at)
        return Standing("current" if same else "changed", document_id, _text(chunk_id), place.title)

    async def _position(self, place: Place, text: str) -> int | None:
        assert place.content_id is not None
        key = (place.sha256 or "", place.parser_version or "", hashlib.sha256(text.encode()).hexdigest())
        if key not in self._positions:
            if len(self._positions) >= MAX_REMEMBERED:
                self._positions.clear()
            self._positions[key] = await select_position(self._db, place.content_id, text)
        return self._positions[key]

    async def diff(self, username: str, wanted: Wanted) -> SourceDiff:
        """The passage then and now, word by word."""
        [standing] = await self.standings(username, [wanted])
        now = wanted.text if standing.status == "current" else ""
        if standing.status == "changed":
            now = await self._text_now(username, wanted)
        ops = await asyncio.to_thread(word_diff, wanted.text, now)
        return SourceDiff(standing.status, standing.document_id, standing.chunk_id, ops)

    async def _text_now(self, username: str, wanted: Wanted) -> str:
        place = (await select_places(self._db, [wanted], username)).get(0)
        if place is None or place.content_id is None:
            return ""
        chunks = await select_chunks_near(self._db, place.content_id, wanted.start, CHUNKS_COMPARED)
        span = await asyncio.to_thread(closest, chunks, wanted.text, wanted.start)
        return "" if span is None else await select_text(self._db, place.content_id, *span)


def _text(chunk_id: int | None) -> str | None:
    return None if chunk_id is None else str(chunk_id)
