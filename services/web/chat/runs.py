"""Runs belong to the house, not to a socket: made, journaled, continued after a crash, and ended only by `stop`.

A chat answers one question at a time; one more may wait behind it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from services.core.config import Config
from services.core.errors import BadRequest, OndolError, RunInProgress, Stopping
from services.core.protocol.client import ModelClient
from services.web.background import lasting
from services.web.chat.beginning import Begun, Chat, Question, begin_again, begin_question, begin_version
from services.web.chat.branches import Branches
from services.web.chat.cases import Cases
from services.web.chat.comeback import Comeback
from services.web.chat.drafts import Drafts
from services.web.chat.events import EventHub, MessageStored, SessionUpdated, session_topic, user_topic
from services.web.chat.journal import Journal
from services.web.chat.live import LiveRun
from services.web.chat.retrieval import Searcher
from services.web.chat.runner import Runner, check_same_model
from services.web.chat.settings import ChatSettings, defaults
from services.web.chat.views import message_view, session_view
from services.web.chat.waiting import Waiting
from services.web.observer import RunObserver
from services.web.storage.database import Database, Transaction
from services.web.storage.messages import select_message
from services.web.storage.runs import select_journal, select_unfinished_runs, update_run_counted
from services.web.storage.sent import select_sent
from services.web.storage.sessions import select_session
from services.web.storage.users import User

log = logging.getLogger(__name__)
MAX_PER_SESSION = 2
STOP_GRACE_S = 2.0


class RunManager:
    """`start()` continues what was cut off; `submit`, `regenerate`, `go_on`, `stop` and `live` serve the sockets."""

    def __init__(
        self,
        people: Database,
        model: ModelClient,
        library: Searcher,
        events: EventHub,
        config: Config,
        observer: RunObserver,
    ) -> None:
        self._people = people
        self._events = events
        self._config = config
        self.base: ChatSettings = defaults(config.chat)
        self._journal = Journal(people, config.chat.journal_interval_ms / 1000)
        cases = self._cases = Cases(people, model, library, config)
        self.branches = Branches(people, events)
        comeback = Comeback(model)
        self._runner = Runner(people, model, cases, events, self._journal, observer, library.citing, comeback)
        self.admit: Callable[[], None] = lambda: None
        """Raises where no new answer may begin now (the disk is full)."""
        self._sessions: dict[int, list[LiveRun]] = {}
        self.drafts = Drafts(
            model, cases, config.chat, busy=lambda chat: chat in self._sessions, calm=lambda: not self._sessions
        )
        self._waiting = Waiting(model, self._sessions, self._runner.tell, comeback)
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._submitting = asyncio.Lock()
        self._closed = False
        self._journal_task: asyncio.Task[None] | None = None
        self._waiting_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin journaling and go on with every run that was cut off, from its last journaled token."""
        self._journal_task = asyncio.create_task(lasting("journal", self._journal.run), name="journal")
        self._waiting_task = asyncio.create_task(lasting("waiting", self._waiting.run), name="waiting")
        for stored in await select_unfinished_runs(self._people):
            log.info("continuing run %s of session %d", stored.id, stored.session_id)
            self._enqueue(LiveRun.from_journal(stored, await select_journal(self._people, stored.id)))

    async def close(self) -> None:
        """Leave runs unfinished but journaled: the next start goes on with them, and this stop is no fault that counts.
        May be called twice."""
        self._closed = True
        paused = [run for runs in self._sessions.values() for run in runs if run.counted and not run.done.is_set()]
        await self.drafts.close()
        for task in (*self._workers.values(), self._waiting_task, self._journal_task):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        try:
            await self._journal.flush()
            await self._pause(paused)
        except OndolError as error:
            log.error("stopped without the disk; what was said since it refused is lost: %s", error.message)

    async def _pause(self, runs: Sequence[LiveRun]) -> None:
        if runs:
            async with self._people.write() as tx:
                for run in runs:
                    await update_run_counted(tx, run.stored.id, -1)
                    run.counted = False

    # --- asking and stopping --------------------------------------------------------------------------------------

    async def submit(self, user: User, session_id: int, asked: Question) -> int | None:
        """Store a question with its run in one transaction and start answering. Nothing happens when its `client_id`
        was stored before: the message of that time is returned.

        Raises NotFound, BadRequest, RunInProgress, DiskFull, Stopping.
        """
        limit = self._config.chat.max_message_chars
        if not asked.content.strip():
            raise BadRequest("the message is empty", field="content")
        if (length := len(asked.content)) > limit:
            raise BadRequest(f"the message has {length} characters, at most {limit} are allowed", limit=limit)
        chat = Chat(user, session_id, self.base)
        return await self._begin(chat, lambda tx: begin_question(tx, chat, asked), asked.client_id)

    async def regenerate(self, user: User, session_id: int, message_id: int, use_rag: bool | None = None) -> None:
        """Another answer to a question, named by itself or by an answer. Raises as `submit`."""
        chat = Chat(user, session_id, self.base)
        await self._begin(chat, lambda tx: begin_version(tx, chat, message_id, use_rag))

    async def go_on(self, user: User, session_id: int, message_id: int) -> None:
        """A cut answer goes on in its own message. Raises as `submit`, ModelChanged, and Conflict when it is not the
        last of its branch."""
        chat = Chat(user, session_id, self.base)
        await self._begin(chat, lambda tx: self._begin_again(tx, chat, message_id))

    async def _begin_again(self, tx: Transaction, chat: Chat, message_id: int) -> Begun:
        begun = await begin_again(tx, chat, message_id)
        if loaded := self._cases.model_key():
            check_same_model(begun.run.model_key or "", loaded)
        return begun

    async def _begin(
        self, chat: Chat, store: Callable[[Transaction], Awaitable[Begun]], client_id: str | None = None
    ) -> int | None:
        session_id = chat.session_id
        if self._closed:
            raise Stopping("the house is being stopped; ask again when it is back")
        self.admit()
        async with self._submitting:
            if client_id is not None and (known := await select_sent(self._people, session_id, client_id)) is not None:
                return known
            if len(self._sessions.get(session_id, ())) >= MAX_PER_SESSION:
                raise RunInProgress("one question is being answered and one is waiting; stop it or wait")
            async with self._people.write() as tx:
                begun = await store(tx)
            self.drafts.sent(session_id)
            run = LiveRun.from_journal(begun.run, await select_journal(self._people, begun.run.id))
            told = await select_message(self._people, begun.told)
            assert told is not None
            self._events.publish(session_topic(session_id), MessageStored(message_view(told), client_id))
            await self._tell_session(chat.user.id, session_id, renamed=begun.titled)
            self._enqueue(run)
            self.drafts.drop(session_id)  # one that came since the question was stored
        return None

    async def stop(self, session_id: int, run_id: str | None) -> None:
        """End the named run, or all of the chat. Returns when they have ended; an ended run is left alone."""
        chosen = [run for run in self._sessions.get(session_id, ()) if run_id in (None, run.stored.id)]
        for run in reversed(chosen):
            run.stopping = True
            if run.task is None:
                self._sessions[session_id].remove(run)
                await self._runner.end_unstarted(run)
            else:
                await self._stop_started(run)

    async def _stop_started(self, run: LiveRun) -> None:
        self._runner.interrupt(run)
        try:
            await asyncio.wait_for(run.done.wait(), STOP_GRACE_S)
        except TimeoutError:
            assert run.task is not None
            run.task.cancel()
            await run.done.wait()

    def live(self, session_id: int) -> Sequence[LiveRun]:
        """The run being answered and the one waiting, in order."""
        return tuple(self._sessions.get(session_id, ()))

    def counts(self) -> tuple[int, int]:
        """(being answered, waiting behind another in their chat)."""
        lengths = [len(runs) for runs in self._sessions.values()]
        return sum(1 for n in lengths if n), sum(n - 1 for n in lengths if n)

    # --- inside ---------------------------------------------------------------------------------------------------

    async def _tell_session(self, user_id: int, session_id: int, *, renamed: bool = False) -> None:
        """Every list that shows the chat hears how it stands; who looks at it hears of its new name."""
        session = await select_session(self._people, user_id, session_id)
        updated = SessionUpdated(session_view(session, self.base))
        self._events.publish(user_topic(user_id), updated)
        if renamed:
            self._events.publish(session_topic(session_id), updated)

    def _enqueue(self, run: LiveRun) -> None:
        session_id = run.stored.session_id
        waiting = self._sessions.setdefault(session_id, [])
        waiting.append(run)
        self._waiting.wake()
        if len(waiting) > 1:
            self._runner.tell_waiting(run)
        if session_id not in self._workers:
            self._workers[session_id] = asyncio.create_task(self._work(session_id), name=f"session-{session_id}")

    async def _work(self, session_id: int) -> None:
        """Answer a chat's questions one after another, then go."""
        waiting = self._sessions[session_id]
        try:
            while waiting:
                run = waiting[0]
                run.task = asyncio.create_task(self._runner.answer(run), name=f"run-{run.stored.id}")
                await self._ended(run)
                waiting.remove(run)
                self._waiting.ended(run)
                with contextlib.suppress(OndolError):  # the chat was deleted meanwhile, or the disk does not answer
                    await self._tell_session(run.stored.user_id, session_id)
        finally:
            del self._sessions[session_id]
            del self._workers[session_id]

    async def _ended(self, run: LiveRun) -> None:
        """What is wrong with one run is no reason to leave those that wait behind it."""
        assert run.task is not None
        try:
            await run.task
        except Exception:
            log.exception("run %s broke off; the next start finds it as it was journaled", run.stored.id)
