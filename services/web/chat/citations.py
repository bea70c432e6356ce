"""Living citations: an answer's sources with how they stand now, and who is told when one of them changes.

A source is stored as it was prompted, with the hashes of its file and chunks, and is never rewritten; its `status` is
found out whenever it is shown.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import msgspec

from services.core.errors import NotFound, OndolError
from services.web.chat.events import (
    EventHub,
    SourceChanged,
    SourceDeleted,
    SourceEvent,
    SourceRestored,
    session_topic,
    sessions_of,
)
from services.web.chat.prompt import Passage
from services.web.chat.views import Json, MessageView, message_view
from services.web.library.citing import Citing, SourceDiff, Standing
from services.web.library.types import Document
from services.web.storage.citations import Wanted
from services.web.storage.database import Database
from services.web.storage.messages import CitingMessage, StoredMessage, select_citing_messages

log = logging.getLogger(__name__)
GATHER_S = 0.2
MAX_CHATS_REMEMBERED = 1000
EVENTS: Mapping[str, type[SourceEvent]] = {
    "changed": SourceChanged,
    "deleted": SourceDeleted,
    "current": SourceRestored,
}


def wanted_of(source: Mapping[str, object]) -> Wanted:
    """A stored source as what the library looks for. Older answers have no hashes."""
    return msgspec.convert(source, Wanted, strict=False)


async def sealed(citing: Citing, passages: Sequence[Passage]) -> list[Json]:
    """The passages as they are stored with their answer: with path and hash of the file and hashes of the chunks."""
    sources: list[Json] = [msgspec.to_builtins(passage) for passage in passages]
    origins = await citing.origins([wanted_of(source) for source in sources])
    for i, origin in origins.items():
        sources[i] |= msgspec.to_builtins(origin)
    return sources


async def standing_sources(citing: Citing, username: str, sources: Sequence[Json]) -> list[Json]:
    """The sources with their `status`; the ids are those under which the passage can be looked at now."""
    standings = await citing.standings(username, [wanted_of(source) for source in sources])
    return [_shown(source, standing) for source, standing in zip(sources, standings, strict=True)]


def _shown(source: Json, standing: Standing) -> Json:
    now = {"document_id": standing.document_id, "chunk_id": standing.chunk_id, "title": standing.title}
    return {**source, **{key: value for key, value in now.items() if value is not None}, "status": standing.status}


class ChangedDocuments:
    """Documents that something happened to, gathered until somebody looks."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}
        self._wake = asyncio.Event()

    def add(self, document: Document) -> None:
        """It was read anew, moved, deleted. Never waits."""
        self._paths[document.id] = document.path
        self._wake.set()

    async def take(self) -> Mapping[str, str]:
        """Paths by id, of all since the last time; waits for the first, and a moment for more."""
        await self._wake.wait()
        await asyncio.sleep(GATHER_S)
        self._wake.clear()
        taken, self._paths = self._paths, {}
        return taken


class Citations:
    """Messages with living sources; `run` tells the viewers of open chats of what `changed`."""

    def __init__(self, people: Database, citing: Citing, events: EventHub, changed: ChangedDocuments) -> None:
        self._people = people
        self._citing = citing
        self._events = events
        self._changed = changed
        self._told: dict[int, dict[tuple[int, int], str]] = {}

    async def views(
        self, username: str, messages: Sequence[StoredMessage], said: Mapping[int, str] | None = None
    ) -> list[MessageView]:
        """Messages of one person as shown; `said` is what running answers have said so far, by message."""
        sources = iter(
            await standing_sources(self._citing, username, [source for one in messages for source in one.sources])
        )
        views: list[MessageView] = []
        for one in messages:
            own = [next(sources) for _ in one.sources]
            self._remember(one.session_id, one.id, own)
            views.append(message_view(one, (said or {}).get(one.id), own))
        return views

    async def diff(self, username: str, message: StoredMessage, n: int) -> SourceDiff:
        """The `n`th source of an answer against what stands there now. Raises NotFound."""
        source = next((source for source in message.sources if source.get("n") == n), None)
        if source is None:
            raise NotFound(f"message {message.id} has no source {n}", n=n)
        return await self._citing.diff(username, wanted_of(source))

    # --- telling who watches ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tell for life."""
        while True:
            changed = await self._changed.take()
            try:
                await self._tell(changed)
            except OndolError as error:
                log.error("changed sources were not told: %s", error.message)

    async def _tell(self, changed: Mapping[str, str]) -> None:
        sessions = sessions_of(self._events.watched())
        if not sessions:
            return
        for message in await select_citing_messages(self._people, sessions, list(changed), list(changed.values())):
            await self._tell_message(message)

    async def _tell_message(self, message: CitingMessage) -> None:
        before = dict(self._told.get(message.session_id, {}))
        shown = await standing_sources(self._citing, message.username, message.sources)
        self._remember(message.session_id, message.id, shown)
        for stored, source in zip(message.sources, shown, strict=True):
            status = source["status"]
            if before.get((message.id, source["n"]), "current") != status:
                event = EVENTS[status](
                    session_id=str(message.session_id),
                    message_id=message.id,
                    n=source["n"],
                    document_id=stored["document_id"],
                    chunk_id=stored["chunk_id"],
                    source=source,
                )
                self._events.publish(session_topic(message.session_id), event)

    def _remember(self, session_id: int, message_id: int, sources: Sequence[Json]) -> None:
        """What viewers know of these sources; `current` is what they take for granted."""
        if len(self._told) > MAX_CHATS_REMEMBERED:
            self._told.clear()
        known = self._told.setdefault(session_id, {})
        for source in sources:
            key = (message_id, source["n"])
            if source["status"] == "current":
                known.pop(key, None)
            else:
                known[key] = source["status"]
        if not known:
            del self._told[session_id]
