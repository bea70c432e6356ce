"""What people do to their list of chats. A deleted chat is hidden at once and can be brought back for a while; then it
is gone, its words out of the files as well."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from services.core.errors import NotFound, OndolError
from services.web.chat.events import EventHub, SessionDeleted, SessionsInfo, SessionUpdated, session_topic, user_topic
from services.web.chat.runs import RunManager
from services.web.chat.views import session_view
from services.web.storage.database import Database
from services.web.storage.session_list import (
    Place,
    select_next_deleted,
    select_own,
    update_deleted,
    update_deleted_later,
    update_places,
)
from services.web.storage.session_search import merge_words
from services.web.storage.sessions import delete_session, select_session

log = logging.getLogger(__name__)
UNDO_S = 600.0
TOLD_ONE_BY_ONE = 5
REST_S = 0.05
RETRY_S = 30.0


class SessionList:
    """`run` purges for life."""

    def __init__(self, people: Database, runs: RunManager, events: EventHub, undo_s: float = UNDO_S) -> None:
        self._people = people
        self._runs = runs
        self._events = events
        self._undo_s = undo_s
        self._wake = asyncio.Event()
        self._unwritten = False
        """Whether words of what was purged are still in the files."""

    async def move(self, user_id: int, ids: Sequence[int], place: Place) -> list[int]:
        """Pin, archive or put into a folder; the ids of those that are this person's."""
        async with self._people.write() as tx:
            own = await select_own(tx, user_id, ids)
            await update_places(tx, user_id, own, place)
        await self.tell(user_id, own)
        return own

    async def delete(self, user_id: int, ids: Sequence[int]) -> list[int]:
        """Stop what is being answered and hide the chats; the ids of those that were there."""
        own = await select_own(self._people, user_id, ids)
        for session_id in own:
            await self._runs.stop(session_id, None)
        async with self._people.write() as tx:
            own = await select_own(tx, user_id, own)
            await update_deleted(tx, user_id, own, deleted=True)
        for session_id in own:
            self._runs.drafts.drop(session_id)
            gone = SessionDeleted(str(session_id))
            for topic in (session_topic(session_id), user_topic(user_id)):
                self._events.publish(topic, gone)
        self._wake.set()
        return own

    async def restore(self, user_id: int, ids: Sequence[int]) -> list[int]:
        """Undo a deletion; the ids of those that could be brought back."""
        async with self._people.write() as tx:
            back = await select_own(tx, user_id, ids, deleted=True)
            await update_deleted(tx, user_id, back, deleted=False)
        await self.tell(user_id, back)
        return back

    async def tell(self, user_id: int, ids: Sequence[int]) -> None:
        """Every window of a person hears how these chats stand, or that there is much to read again."""
        if len(ids) > TOLD_ONE_BY_ONE:
            self.tell_much(user_id)
        for session_id in ids[:TOLD_ONE_BY_ONE]:
            view = session_view(await select_session(self._people, user_id, session_id), self._runs.base)
            for topic in (session_topic(session_id), user_topic(user_id)):
                self._events.publish(topic, SessionUpdated(view))

    def tell_much(self, user_id: int) -> None:
        """Every window of a person should read the list again."""
        self._events.publish(user_topic(user_id), SessionsInfo())

    # --- gone for good ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Purge what was deleted `undo_s` ago, for life. What the disk refuses is tried again."""
        while True:
            self._wake.clear()
            try:
                wait_s = await self.purge()
            except OndolError as error:
                log.error("deleted chats are not purged yet: %s", error.message)
                await asyncio.sleep(RETRY_S)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)

    async def purge(self) -> float | None:
        """Purge what is due; seconds until the next is, None while nothing waits. What a wrong clock dated later than
        now counts from now."""
        async with self._people.write() as tx:
            await update_deleted_later(tx)
        while (deleted := await select_next_deleted(self._people)) is not None:
            age_s = (datetime.now(UTC) - datetime.fromisoformat(deleted.deleted_at)).total_seconds()
            if age_s < self._undo_s:
                break
            await self._purge_one(deleted.user_id, deleted.id)
            self._unwritten = True
            await asyncio.sleep(REST_S)
        if self._unwritten:
            self._unwritten = not await self._rewrite()
        wait_s = None if deleted is None else max(1.0, self._undo_s - age_s)
        return wait_s if not self._unwritten else min(wait_s or RETRY_S, RETRY_S)

    async def _purge_one(self, user_id: int, session_id: int) -> None:
        try:
            await delete_session(self._people, user_id, session_id)
        except NotFound:
            log.debug("session %d went by itself", session_id)

    async def rewrite(self) -> None:
        """Take deleted words out of the index and the write-ahead log, in steps that let others write between. Raises
        DiskFull, DiskError; then `run` does it later."""
        self._unwritten = True
        try:
            self._unwritten = not await self._rewrite()
        finally:
            if self._unwritten:
                self._wake.set()

    async def _rewrite(self) -> bool:
        """Whether all of it is out now: while a backup is being made the log stays."""
        first = more = True
        while more:
            async with self._people.write() as tx:
                more = await merge_words(tx, first=first)
            first = False
            await asyncio.sleep(REST_S)
        done = await self._people.checkpoint()
        log.info("what was deleted is %s", "out of the files" if done else "still in the log, which somebody reads")
        return done
