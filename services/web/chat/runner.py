"""Answers one run: passages, prompt, generation, journal, end. Goes on when the model process is restarted."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from services.core.errors import DiskError, DiskFull, ModelChanged, ModelUnavailable, NotFound, OndolError, RunGivenUp
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import (
    RESIZED,
    Finished,
    FinishReason,
    Generate,
    Message,
    Progress,
    Queued,
    Started,
    Tokens,
)
from services.web.chat.cases import Case, Cases
from services.web.chat.citations import sealed, standing_sources
from services.web.chat.comeback import MAX_CONTINUATIONS, Comeback
from services.web.chat.events import (
    ContextView,
    ErrorEvent,
    Event,
    EventHub,
    PromptProgress,
    QueuedEvent,
    StreamEnd,
    StreamToken,
    session_topic,
)
from services.web.chat.journal import Journal
from services.web.chat.live import LiveRun
from services.web.chat.prompt import Passage, dropped, passages_of, rag_context
from services.web.chat.settings import ChatSettings, sampling
from services.web.chat.views import message_view
from services.web.errors import ErrorBody, typed
from services.web.library.citing import Citing
from services.web.observer import RunObserver
from services.web.storage.database import Database
from services.web.storage.messages import (
    Json,
    Status,
    StoredMessage,
    select_message,
    update_message_context,
    update_message_end,
)
from services.web.storage.runs import update_run_counted, update_run_end, update_run_started
from services.web.storage.users import User

log = logging.getLogger(__name__)
MODEL_SILENCE_S = 180.0  # a model that is being loaded says so every 5 %
DISK_RETRY_S = 1.0
REASONS: dict[FinishReason, str] = {"stop": "stop", "length": "length", "aborted": "stopped"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a run is answered from."""

    case: Case
    question: StoredMessage
    answer: StoredMessage


@dataclass(frozen=True, slots=True)
class _End:
    """How a run ended, as it is stored."""

    status: Status
    finish_reason: str | None = None
    usage: Json | None = None
    timings: Json | None = None
    error: Json | None = None


def check_same_model(began: str, now: str) -> None:
    """Raises ModelChanged: tokens of one vocabulary mean nothing in another."""
    if began != now:
        raise ModelChanged(f"this answer was begun by {began}, {now} is loaded now; ask again", began=began, now=now)


class Runner:
    """Stateless between runs; everything about a run is in its LiveRun and in the database."""

    def __init__(
        self,
        people: Database,
        model: ModelClient,
        cases: Cases,
        events: EventHub,
        journal: Journal,
        observer: RunObserver,
        citing: Citing,
        comeback: Comeback,
    ) -> None:
        self._people = people
        self._model = model
        self._cases = cases
        self._events = events
        self._journal = journal
        self._observer = observer
        self._citing = citing
        self._comeback = comeback

    async def answer(self, run: LiveRun) -> None:
        """Answer and end the run; it never raises but for cancellation when the house shuts down."""
        try:
            await self._answer(run)
        except asyncio.CancelledError:
            if not run.stopping:
                raise
            await self._end_stopped(run)
        except NotFound:
            self._journal.forget(run.stored.id)  # the chat was deleted meanwhile
        except Exception as error:  # noqa: BLE001  # the edge of a run: logged once in `typed`, told to its viewers
            await self._fail(run, typed(error))
        finally:
            run.done.set()

    async def _end_stopped(self, run: LiveRun) -> None:
        try:
            await self._end(run, "stopped", None)
        except Exception as error:  # noqa: BLE001  # as in `answer`
            await self._fail(run, typed(error))

    async def end_unstarted(self, run: LiveRun) -> None:
        """End a run that was waiting behind another one."""
        try:
            await self._end_stopped(run)
        finally:
            run.done.set()

    def interrupt(self, run: LiveRun) -> None:
        """End a run's generation, or its wait, soon."""
        if run.request_id is not None:
            self._model.abort(run.request_id)
        elif run.task is not None:
            run.task.cancel()

    def tell_waiting(self, run: LiveRun) -> None:
        self._notice(run, QueuedEvent(run.stored.id, 1))

    # --- one answer -------------------------------------------------------------------------------------------------

    async def _answer(self, run: LiveRun) -> None:
        finished = None
        while finished is None:
            finished = await self._generate(run, await self._prepare(run))
        await self._end(run, "stopped" if run.stopping else "done", finished)

    async def _prepare(self, run: LiveRun) -> Generate:
        """All that is asked of the model. Raises RunGivenUp, ModelUnavailable, ModelChanged, NotFound."""
        asked = await self._load(run)
        passages = await self._passages(run, asked)
        await self._start(run, asked)
        messages = self._cases.messages(asked.case, asked.question, passages)
        return self._request(run, asked.case.settings, messages)

    async def _start(self, run: LiveRun, asked: _Asked) -> None:
        """Wait for the model. Raises RunGivenUp, ModelUnavailable, ModelChanged."""
        if run.starts > MAX_CONTINUATIONS:
            raise RunGivenUp(
                f"this answer was cut off {run.starts} times and is given up; what was said so far is kept",
                continuations=MAX_CONTINUATIONS,
            )
        run.waits_for = None if self._model.ready else "model"
        await self._model.wait_ready(MODEL_SILENCE_S)
        run.waits_for, run.restarting, run.counted = "engine", None, False
        run.model_key = self._same_model(run)
        template = asked.case.template.name if asked.case.template else None

        async def store() -> None:
            async with self._people.write() as tx:
                await update_run_started(tx, run.stored, run.model_key, template)

        await self._insist(run, store)

    async def _count(self, run: LiveRun, starts: int) -> None:
        """The model is at work on it (1), or was not cut off by a fault (-1)."""
        try:
            async with self._people.write() as tx:
                await update_run_counted(tx, run.stored.id, starts)
        except (DiskFull, DiskError) as error:
            log.warning("a start of run %s is not on disk: %s", run.stored.id, error.message)
        run.starts, run.counted = run.starts + starts, starts > 0

    async def _load(self, run: LiveRun) -> _Asked:
        stored = run.stored
        user = User(stored.user_id, stored.username, "")
        question = await select_message(self._people, stored.user_message_id)
        answer = await select_message(self._people, stored.message_id)
        if question is None or answer is None:
            raise NotFound(f"the messages of run {stored.id} are gone")
        case = await self._cases.load(user, stored.session_id, question)
        return _Asked(case, question, answer)

    async def _passages(self, run: LiveRun, asked: _Asked) -> list[Passage]:
        """Search once; a continued run keeps the passages it began with, also none."""
        if not run.stored.use_rag or (run.tokens and asked.answer.rag_context is None):
            return []
        if asked.answer.rag_context is not None:
            return list(passages_of(asked.answer))
        passages = await self._cases.passages(asked.case, asked.question.content)
        sources = await sealed(self._citing, passages)

        async def store() -> None:
            context = rag_context(passages)
            async with self._people.write() as tx:
                await update_message_context(tx, run.stored.message_id, rag_context=context, sources=sources)

        await self._insist(run, store)
        return passages

    async def _generate(self, run: LiveRun, request: Generate) -> Finished | None:
        """How it ended; None when the model process was lost and comes back. Raises ModelUnavailable when it does not,
        and whatever typed error the model answers."""
        run.max_tokens = request.max_tokens
        run.request_id = request.id
        frames = self._model.generate(request)
        del request  # a long chat need not be held for as long as its answer takes
        try:
            async for frame in frames:
                if isinstance(frame, Finished):
                    return frame
                if not run.counted and not isinstance(frame, Queued):
                    await self._count(run, 1)
                self._take(run, frame)
        except ModelUnavailable as error:
            if run.counted and error.params.get("reason") == RESIZED:
                await self._count(run, -1)
            if self._model.state and self._model.state.state == "unavailable":
                raise
        finally:
            run.request_id = None
        log.warning("run %s lost its model process, going on from token %d", run.stored.id, len(run.tokens))
        run.restarting = self._comeback.event(run)
        self.tell(run, run.restarting)
        return None

    def _request(self, run: LiveRun, settings: ChatSettings, messages: tuple[Message, ...]) -> Generate:
        return Generate(
            id=self._model.next_id(),
            user=run.stored.username,
            cache_key=str(run.stored.session_id),
            messages=messages,
            sampling=sampling(settings, run.stored.seed),
            max_tokens=run.stored.base_tokens + settings.max_tokens,
            stop=tuple(settings.stop),
            resume_tokens=tuple(run.tokens),
            priority=run.stored.priority,
            repeatable=settings.seed is not None,
        )

    def _same_model(self, run: LiveRun) -> str:
        """The key of the model that answers. Raises ModelChanged when what was said so far is another one's tokens."""
        now = self._cases.model_key()
        if run.tokens:
            check_same_model(run.model_key, now)
        return now

    def _take(self, run: LiveRun, frame: Queued | Progress | Started | Tokens) -> None:
        run_id = run.stored.id
        match frame:
            case Tokens():
                self._note_speaking(run)
                self._journal.add(run.add(frame.tokens, frame.text))
                self.tell(run, StreamToken(run_id, run.seq, frame.text, frame.logprobs))
            case Queued():
                self._notice(run, QueuedEvent(run_id, frame.position, frame.eta_s))
            case Progress():
                self._notice(run, PromptProgress(run_id, frame.done, frame.total, frame.cached, frame.eta_s))
            case Started():
                message_ids, chunk_ids = dropped(frame.context.dropped_part_ids)
                run.context = ContextView(frame.context.n_ctx, frame.context.used, message_ids, chunk_ids)
                if not run.started:
                    run.started = True
                    self.tell(run, run.start_event())

    # --- the end ----------------------------------------------------------------------------------------------------

    async def _end(self, run: LiveRun, status: Status, finished: Finished | None) -> None:
        usage = msgspec.to_builtins(finished.usage) if finished else None
        timings = msgspec.to_builtins(finished.timings) if finished else None
        reason = REASONS[finished.reason] if finished and not run.stopping else "stopped"
        await self._store_end(run, _End(status, reason, usage, timings))
        self._observer.run_ended(status, usage, timings)
        try:
            await self._tell_end(run, reason)
        except OndolError as error:  # it is stored as it ended: only the telling failed
            log.error("the end of run %s cannot be read: %s", run.stored.id, error.message)
            self.tell(run, ErrorEvent(self._body(run, error), run.stored.id))

    async def _tell_end(self, run: LiveRun, reason: str) -> None:
        message = await select_message(self._people, run.stored.message_id)
        if message is not None:
            sources = await standing_sources(self._citing, run.stored.username, message.sources)
            view = message_view(message, sources=sources)
            self.tell(run, StreamEnd(run.stored.id, run.seq, view, reason))

    def _body(self, run: LiveRun, error: OndolError) -> ErrorBody:
        return ErrorBody(error.code, error.message, dict(error.params), run.stored.id)

    async def _fail(self, run: LiveRun, error: OndolError) -> None:
        body = self._body(run, error)
        log.warning("run %s failed: %s: %s", run.stored.id, error.code, error.message)
        end = _End("failed", error=msgspec.to_builtins(body))
        try:
            await self._write_end(run, end)
            unstored = None
        except Exception as worse:  # noqa: BLE001  # whatever the disk does, its viewers must hear of the end
            unstored = typed(worse)
            log.error("the end of run %s is not on disk: %s", run.stored.id, unstored.message)
        self._observer.run_ended("failed", None, None)
        self.tell(run, ErrorEvent(body, run.stored.id))
        if isinstance(unstored, DiskFull | DiskError):
            await self._store_late(run, end)

    async def _store_late(self, run: LiveRun, end: _End) -> None:
        try:
            await self._store_end(run, end)
        except (DiskFull, DiskError):
            pass  # stopped; the next start finds the run as it was journaled
        except asyncio.CancelledError:
            if not run.stopping:
                raise

    async def _store_end(self, run: LiveRun, end: _End) -> None:
        """While the disk is full or refuses, the answer is kept in memory and shown as running; somebody's `stop` waits
        no longer. Raises DiskFull, DiskError then."""
        await self._insist(run, lambda: self._write_end(run, end))

    async def _insist(self, run: LiveRun, write: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await write()
            except (DiskFull, DiskError) as error:
                if run.stopping:
                    raise
                log.warning("run %s waits for the disk: %s", run.stored.id, error.message)
                await asyncio.sleep(DISK_RETRY_S)
            else:
                return

    async def _write_end(self, run: LiveRun, end: _End) -> None:
        async with self._journal.closing(run.stored.id) as tx:
            context = msgspec.to_builtins(run.context) if run.context else None
            await update_run_end(tx, run.stored.id, end.status, end.finish_reason, context)
            await update_message_end(
                tx,
                run.stored.message_id,
                status=end.status,
                content=run.content,
                tokens=tuple(run.tokens),
                tokens_model=run.model_key,
                usage=end.usage,
                timings=end.timings,
                error=end.error,
            )

    def _notice(self, run: LiveRun, event: QueuedEvent | PromptProgress) -> None:
        run.notice, run.noticed_at, run.waits_for = event, time.monotonic(), "engine"
        if event.eta_s is not None and run.promise is None and not run.tokens:
            run.promise = (run.noticed_at, event.eta_s)
        self.tell(run, event)

    def _note_speaking(self, run: LiveRun) -> None:
        """Tokens come: the first one shows what the first estimate was worth."""
        if run.waits_for is None:
            return
        now = time.monotonic()
        if run.promise is not None and not run.tokens:
            told_at, eta_s = run.promise
            actual_s = max(now - told_at, 1e-3)
            self._observer.estimated(abs(eta_s - actual_s) / actual_s)
        run.waits_for, run.first_at, run.first_tokens = None, now, len(run.tokens)

    def tell(self, run: LiveRun, event: Event) -> None:
        """To everybody who watches the run's chat."""
        run.heard_at = time.monotonic()
        self._events.publish(session_topic(run.stored.session_id), event)
