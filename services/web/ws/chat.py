"""`/ws/chat/{session_id}/`: one task speaks, one listens; either's end ends both."""

import asyncio
import logging

import msgspec
from quart import Blueprint, websocket

from services.core.errors import NotFound, OndolError, TooLarge
from services.web.api.common import deps, int_id
from services.web.api.engine import engine_brief
from services.web.chat.beginning import Question
from services.web.chat.events import (
    ENGINE_TOPIC,
    SERVICE_RESTART,
    Closing,
    ErrorEvent,
    Event,
    Lagged,
    MessageKnown,
    Pong,
    SessionInfo,
    StreamEnd,
    Viewer,
    library_topic,
    session_topic,
)
from services.web.chat.live import LiveRun
from services.web.chat.views import session_view
from services.web.errors import ErrorBody, request_id, typed
from services.web.storage.messages import select_message
from services.web.storage.runs import StoredRun, select_journal, select_run
from services.web.storage.sessions import select_session
from services.web.storage.users import User
from services.web.ws.entry import admitted
from services.web.ws.incoming import (
    ClientMessage,
    Continue,
    Draft,
    Incoming,
    Ping,
    Regenerate,
    Resume,
    Select,
    Stop,
    decode,
)

blueprint = Blueprint("ws", __name__)
log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()


@blueprint.websocket("/ws/chat/<session_id>/")
async def chat(session_id: str) -> None:
    """Refuses foreign origins and strangers before the handshake is accepted."""
    user = await admitted()
    number = int_id(session_id, "session")
    await select_session(deps().people, user.id, number)
    await websocket.accept()
    await Socket(user, number).serve()


class Socket:
    """One viewer of one chat."""

    def __init__(self, user: User, session_id: int) -> None:
        self._user = user
        self._session_id = session_id
        self._viewer = Viewer()

    async def serve(self) -> None:
        topics = (
            session_topic(self._session_id),
            ENGINE_TOPIC,
            library_topic(None),
            library_topic(self._user.username),
        )
        try:
            await self._snapshot()
            deps().events.subscribe(self._viewer, topics)
            self._join()
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._listen())
                await self._speak()
                listening.cancel()
        finally:
            deps().events.unsubscribe(self._viewer)
            deps().runs.drafts.drop(self._session_id, self._viewer)

    async def _snapshot(self) -> None:
        stored = await select_session(deps().people, self._user.id, self._session_id)
        view = session_view(stored, deps().runs.base)
        await self._send(SessionInfo(view, engine_brief(deps()), drafts=deps().runs.drafts.wanted))

    def _join(self) -> None:
        """Queue what is going on. No await between this and subscribing: nothing is missed, nothing comes twice."""
        for run in deps().runs.live(self._session_id):
            for event in run.joining_events():
                self._viewer.put(event)

    async def _send(self, event: Event) -> None:
        await websocket.send(_encoder.encode(event).decode())

    async def _speak(self) -> None:
        """Until the house stops."""
        while True:
            event = await self._viewer.next()
            if isinstance(event, Lagged):
                await self._snapshot()
                self._join()
            elif isinstance(event, Closing):
                await websocket.close(SERVICE_RESTART, "the house is being stopped")
                return
            else:
                await self._send(event)

    async def _listen(self) -> None:
        while True:
            data = await websocket.receive()
            try:
                self._check_size(data)
                await self._take(decode(data))
            except OndolError as error:
                self._refuse(error)
            except Exception as error:  # noqa: BLE001  # the edge of a frame: the connection outlives it
                self._refuse(typed(error))

    def _check_size(self, data: str | bytes) -> None:
        limit = deps().config.web.max_frame_bytes
        size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
        if size > limit:
            raise TooLarge(f"the message has {size} bytes, at most {limit} are allowed", size=size, limit=limit)

    def _refuse(self, error: OndolError, client_id: str | None = None) -> None:
        body = ErrorBody(error.code, error.message, dict(error.params), request_id())
        self._viewer.put(ErrorEvent(body, client_id=client_id))

    async def _ask(self, said: ClientMessage) -> None:
        asked = Question(said.content, said.use_rag, said.edit_of, client_id=said.client_id)
        try:
            known = await deps().runs.submit(self._user, self._session_id, asked)
        except OndolError as error:
            self._refuse(error, said.client_id)
            return
        if known is not None and said.client_id is not None:
            self._viewer.put(MessageKnown(said.client_id, known))

    async def _take(self, said: Incoming) -> None:
        user, session_id, runs = self._user, self._session_id, deps().runs
        match said:
            case ClientMessage():
                await self._ask(said)
            case Regenerate():
                await runs.regenerate(user, session_id, said.message_id, said.use_rag)
            case Continue():
                await runs.go_on(user, session_id, said.message_id)
            case Select():
                await runs.branches.select(user, session_id, said.message_id)
            case Draft():
                runs.drafts.offer(user, session_id, self._viewer, said.content, said.use_rag)
            case Stop():
                await runs.stop(session_id, said.run_id)
            case Resume():
                await self._resume(said.run_id, said.after_seq)
            case Ping():
                self._viewer.put(Pong())

    # --- coming back ------------------------------------------------------------------------------------------------

    async def _resume(self, run_id: str, after_seq: int) -> None:
        for run in deps().runs.live(self._session_id):
            if run.stored.id == run_id:
                for event in run.since(after_seq):
                    self._viewer.put(event)
                return
        stored = await select_run(deps().people, run_id, self._session_id)
        if stored is None:
            raise NotFound(f"no run {run_id} in this chat", run_id=run_id)
        await self._resume_ended(stored, after_seq)

    async def _resume_ended(self, stored: StoredRun, after_seq: int) -> None:
        run = LiveRun.from_journal(stored, await select_journal(deps().people, stored.id))
        message = await select_message(deps().people, stored.message_id)
        if message is None:
            raise NotFound(f"the answer of run {stored.id} is gone", run_id=stored.id)
        for event in run.since(after_seq):
            self._viewer.put(event)
        if message.error is not None:
            body = ErrorBody(message.error["code"], message.error["message"], message.error["params"], stored.id)
            self._viewer.put(ErrorEvent(body, stored.id))
        else:
            reason = stored.finish_reason or message.status
            [view] = await deps().citations.views(self._user.username, [message])
            self._viewer.put(StreamEnd(stored.id, run.seq, view, reason))
