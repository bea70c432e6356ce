"""What happens in the house, told to everyone who watches: typed events and the hub that fans them out."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from services.core.protocol.frames import TokenLogprob
from services.web.chat.views import MessageView, SessionView
from services.web.errors import ErrorBody

SERVICE_RESTART = 1012  # a WebSocket's close code (IANA registry): come back soon
VIEWER_QUEUE = 2000  # events; a viewer that is further behind starts again from a snapshot


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all server → client messages; `type` names them on the wire."""


class EngineBrief(msgspec.Struct, frozen=True):
    """The short form of the engine's state. `demo` is true for the embedded demonstration model."""

    state: str
    reason: str | None = None
    model: dict[str, Any] | None = None


class SessionInfo(Event, frozen=True, tag="session_info"):
    """`drafts`: what is being typed may be sent as `draft`, to be read ahead."""

    session: SessionView
    engine: EngineBrief
    drafts: bool = False


class SessionUpdated(Event, frozen=True, tag="session_updated"):
    session: SessionView


class SessionDeleted(Event, frozen=True, tag="session_deleted"):
    session_id: str


class SessionsInfo(Event, frozen=True, tag="sessions_info"):
    """The list of chats should be read again: the socket has just begun, or much has changed."""


class MessageStored(Event, frozen=True, tag="message_stored"):
    """A question; also an answer that was asked for anew, or that goes on. It stands behind its `parent_id`: whatever
    was shown there before is another branch. `client_id` is the name that the asking
    browser gave its question."""

    message: MessageView
    client_id: str | None = None


class MessageKnown(Event, frozen=True, tag="message_known"):
    """A question that was sent again: it had arrived, and may have been deleted since."""

    client_id: str
    message_id: int


class BranchShown(Event, frozen=True, tag="branch"):
    """Another branch of the chat is shown; its messages should be read again."""

    leaf_id: int | None


class QueuedEvent(Event, frozen=True, tag="queued"):
    """`eta_s` counts to the first token. Position 0: the model process has not said yet."""

    run_id: str
    position: int
    eta_s: float | None = None


class PromptProgress(Event, frozen=True, tag="prompt_progress"):
    run_id: str
    done: int
    total: int
    cached: int
    eta_s: float | None = None


class AnswerHead(msgspec.Struct, frozen=True):
    id: int
    role: str = "assistant"
    parent_id: int | None = None


class ContextView(msgspec.Struct, frozen=True):
    n_ctx: int
    used: int
    dropped_message_ids: list[int]
    dropped_chunk_ids: list[str]


class StreamStart(Event, frozen=True, tag="stream_start"):
    """`content` is what was said up to `seq`; a fresh answer starts at 0 with nothing."""

    run_id: str
    seq: int
    content: str
    message: AnswerHead
    context: ContextView | None = None
    resumed: bool = False


class StreamToken(Event, frozen=True, tag="stream_token", omit_defaults=True):
    """`logprobs` where the chat's settings ask for them: of each token of this frame, and of the likeliest others. They
    are not journaled: a viewer who comes back gets the text alone."""

    run_id: str
    seq: int
    token: str
    logprobs: tuple[TokenLogprob, ...] = ()


class StreamRewind(Event, frozen=True, tag="stream_rewind"):
    run_id: str
    seq: int
    content: str


class StreamEnd(Event, frozen=True, tag="stream_end"):
    run_id: str
    seq: int
    message: MessageView
    finish_reason: str


class ErrorEvent(Event, frozen=True, tag="error"):
    """`client_id` names the question that was refused."""

    error: ErrorBody
    run_id: str | None = None
    client_id: str | None = None


class ModelRestarting(Event, frozen=True, tag="model_restarting"):
    """The model process went away in the middle of this answer and is being started again: what was said stays, and it
    goes on as continuation `attempt` of at most `attempts`. `cause` is why it went, once that is known; `eta_s` counts
    to when it answers again."""

    run_id: str
    reason: str
    attempt: int
    attempts: int
    cause: str | None = None
    eta_s: float | None = None


class ModelStateEvent(Event, frozen=True, tag="model_state"):
    state: str
    reason: str | None = None
    percent: int | None = None


class LibraryInfo(Event, frozen=True, tag="library_info"):
    """The list of documents should be read again: the socket has just begun, or has missed something."""


class DocumentState(Event, frozen=True, tag="document_state"):
    document: dict[str, Any]


class DocumentRemoved(Event, frozen=True, tag="document_removed"):
    document_id: str


class SourceEvent(Event, frozen=True):
    """The `n`th source of an answer stands otherwise than before; `source` is the whole of it, with its new status."""

    session_id: str
    message_id: int
    n: int
    document_id: str
    chunk_id: str
    source: dict[str, Any]


class SourceChanged(SourceEvent, frozen=True, tag="source_changed"):
    """The cited passage stands in its document no longer."""


class SourceDeleted(SourceEvent, frozen=True, tag="source_deleted"):
    """The document is gone, or may not be read by this person any more."""


class SourceRestored(SourceEvent, frozen=True, tag="source_restored"):
    """The passage is there again as it was cited."""


class Pong(Event, frozen=True, tag="pong"):
    pass


class Lagged(Event, frozen=True, tag="lagged"):
    """Told to a socket's own task only: it was too slow, its queue was dropped, start from a snapshot."""


class Closing(Event, frozen=True, tag="closing"):
    """Told to a socket's own task only: the house stops, say goodbye."""


class Viewer:
    """One watcher's queue."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue()

    def put(self, event: Event) -> None:
        if self._queue.qsize() >= VIEWER_QUEUE:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(Lagged())
        else:
            self._queue.put_nowait(event)

    async def next(self) -> Event:
        return await self._queue.get()


class EventHub:
    """Topics and their viewers. Publishing never waits for a viewer."""

    def __init__(self) -> None:
        self._viewers: dict[str, set[Viewer]] = defaultdict(set)

    def subscribe(self, viewer: Viewer, topics: Iterable[str]) -> None:
        for topic in topics:
            self._viewers[topic].add(viewer)

    def unsubscribe(self, viewer: Viewer) -> None:
        for topic in [topic for topic, viewers in self._viewers.items() if viewer in viewers]:
            self._viewers[topic].discard(viewer)
            if not self._viewers[topic]:
                del self._viewers[topic]

    def watched(self) -> set[str]:
        """Topics that somebody watches."""
        return set(self._viewers)

    def close(self) -> None:
        """Every viewer's last event."""
        for viewer in {viewer for viewers in self._viewers.values() for viewer in viewers}:
            viewer.put(Closing())

    def publish(self, topic: str, event: Event) -> None:
        for viewer in self._viewers.get(topic, ()):
            viewer.put(event)


def session_topic(session_id: int) -> str:
    return f"session:{session_id}"


def sessions_of(topics: Iterable[str]) -> list[int]:
    """The chats among the topics."""
    return [int(topic.removeprefix("session:")) for topic in topics if topic.startswith("session:")]


def user_topic(user_id: int) -> str:
    """What every window of a person hears."""
    return f"user:{user_id}"


def library_topic(owner: str | None) -> str:
    """Documents of a user's folder, or the shared ones."""
    return f"library:{owner}" if owner is not None else "library"


ENGINE_TOPIC = "engine"
