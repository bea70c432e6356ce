"""Questions by file: one after the other, each in a chat of its own that the person can look at, answered as a run of
the lowest priority and written beside the question.

Everything about a question is in its row: after a restart the row says in which chat it was being answered, and the
run there goes on by itself.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from services.core.errors import DiskError, DiskFull, NotFound, OndolError
from services.web.chat.beginning import Question
from services.web.chat.letters import answer_text, error_text
from services.web.chat.runs import RunManager
from services.web.chat.titles import title_of
from services.web.library.asking import Kind, place, subject_of
from services.web.library.paths import SHARED, check_path, on_disk
from services.web.storage.asks import (
    Ask,
    StoredAsk,
    delete_ask,
    select_ask,
    select_next_ask,
    update_ask_done,
    update_ask_session,
    upsert_ask,
)
from services.web.storage.database import Database
from services.web.storage.messages import StoredMessage, select_last_answer
from services.web.storage.sessions import insert_session
from services.web.storage.users import User, select_user_by_name, upsert_user

log = logging.getLogger(__name__)
RETRY_S = 30.0


class Asks:
    """`tell` and `forget` are ingest's side, `run` answers."""

    def __init__(self, people: Database, runs: RunManager, inbox: Path) -> None:
        self._people = people
        self._runs = runs
        self._inbox = inbox
        self._wake = asyncio.Event()

    async def tell(self, ask: Ask) -> bool:
        """A file asks this; whether it is news. An empty file asks nothing yet. Raises BadRequest for a path outside
        the folders of users."""
        check_path(ask.path)
        known = await select_ask(self._people, ask.path)
        if (known is not None and known.ask.sha256 == ask.sha256) or not (ask.question.strip() or ask.error):
            return False
        async with self._people.write() as tx:
            await upsert_ask(tx, ask)
        await self._stop(known)
        self._wake.set()
        return True

    async def forget(self, paths: Sequence[str]) -> None:
        """The files are gone: what is being answered is stopped, and nothing is written."""
        for path in paths:
            known = await select_ask(self._people, path)
            async with self._people.write() as tx:
                await delete_ask(tx, path)
            await self._stop(known)

    async def _stop(self, known: StoredAsk | None) -> None:
        if known is not None and known.state == "waiting" and known.session_id is not None:
            await self._runs.stop(known.session_id, None)

    # --- answering --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Answer what waits, for life. What the disk refuses is tried again."""
        while True:
            self._wake.clear()
            try:
                if not await self._answer_next():
                    await self._wake.wait()
            except (OndolError, OSError) as error:
                log.error("questions by file wait: %s", error)
                await asyncio.sleep(RETRY_S)

    async def _answer_next(self) -> bool:
        """Whether there was one."""
        stored = await select_next_ask(self._people)
        if stored is not None:
            await self._answer(stored)
        return stored is not None

    async def _answer(self, stored: StoredAsk) -> None:
        try:
            await asyncio.to_thread(on_disk, self._inbox, stored.ask.path)
            await self._write(stored.ask, *await self._letter(stored))
        except NotFound:
            log.info("%s is gone; it is not answered", stored.ask.path)
            await self.forget([stored.ask.path])

    async def _write(self, ask: Ask, kind: Kind, text: str) -> None:
        present = await select_ask(self._people, ask.path)
        if present is None or present.ask.sha256 != ask.sha256:
            return  # the file went, or asks something else by now
        await asyncio.to_thread(place, self._inbox, ask.path, kind, text)
        async with self._people.write() as tx:
            await update_ask_done(tx, ask)

    async def _letter(self, stored: StoredAsk) -> tuple[Kind, str]:
        try:
            return "answer", await self._text(stored)
        except _FailedError as error:
            return "error", error_text(error.code, error.message)

    async def _text(self, stored: StoredAsk) -> str:
        ask = stored.ask
        if ask.error is not None:
            raise _FailedError(ask.error.code, ask.error.message)
        session_id = stored.session_id
        if session_id is None:
            session_id = await self._open_chat(ask)
        message = await self._message(session_id, ask)
        if message.status == "done":
            return answer_text(message.content, message.sources)
        error = message.error or {"code": message.status, "message": f"the answer is {message.status}"}
        raise _FailedError(error["code"], error["message"])

    async def _open_chat(self, ask: Ask) -> int:
        user = await self._user(ask.path)
        session = await insert_session(self._people, user.id, title_of(subject_of(ask.path)), {"use_rag": True})
        async with self._people.write() as tx:
            await update_ask_session(tx, ask, session.id)
        return session.id

    async def _message(self, session_id: int, ask: Ask) -> StoredMessage:
        """The answer when it has ended; it is asked for only if it was not before a restart."""
        if await select_last_answer(self._people, session_id) is None:
            user = await self._user(ask.path)
            try:
                await self._runs.submit(user, session_id, Question(ask.question, True, priority="ingest"))
            except (DiskFull, DiskError):
                raise  # it waits until there is room for an answer
            except OndolError as error:
                raise _FailedError(error.code, error.message) from error
        for run in self._runs.live(session_id):
            await run.done.wait()
        message = await select_last_answer(self._people, session_id)
        if message is None:
            raise _FailedError("not_found", "the chat was deleted while it was being answered")
        return message

    async def _user(self, path: str) -> User:
        """Whose folder it is. The shared folder asks as the house: it sees shared documents only, and nobody can log in
        under its name."""
        folder = path.partition("/")[0]
        if folder == SHARED:
            return await upsert_user(self._people, SHARED)
        user = await select_user_by_name(self._people, folder)
        if user is None or user.username != folder:
            raise _FailedError("no_such_user", f"no user {folder}")
        return user


class _FailedError(Exception):
    """A question that gets an error instead of an answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
