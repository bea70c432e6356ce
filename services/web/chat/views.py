"""What people and programs see of a chat: the JSON shapes of REST and WebSocket alike."""

from typing import Any, Literal

import msgspec

from services.web.chat.settings import ChatSettings, resolve
from services.web.storage.messages import Status, StoredMessage, Thumb
from services.web.storage.sessions import StoredSession

Json = dict[str, Any]


class SessionView(msgspec.Struct, frozen=True):
    id: str
    title: str
    settings: ChatSettings
    created_at: str
    updated_at: str
    message_count: int
    running: bool
    pinned: bool = False
    archived: bool = False
    folder: str = ""


class MessageView(msgspec.Struct, frozen=True):
    """`rag_context` is null without documents; `usage`, `timings` and `finish_reason` are there when the answer has
    ended. `versions` are the ids of all messages that stand behind `parent_id`, oldest first; `model` is the file that
    answered."""

    id: int
    role: Literal["user", "assistant", "system"]
    content: str
    status: Status
    created_at: str
    rag_context: str | None = None
    sources: list[Json] = []
    usage: Json | None = None
    timings: Json | None = None
    error: Json | None = None
    run_id: str | None = None
    thumb: Thumb | None = None
    parent_id: int | None = None
    versions: tuple[int, ...] = ()
    finish_reason: str | None = None
    model: str | None = None
    template: str | None = None
    context: Json | None = None


def session_view(stored: StoredSession, base: ChatSettings) -> SessionView:
    return SessionView(
        id=str(stored.id),
        title=stored.title,
        settings=resolve(stored.overrides, base),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        message_count=stored.message_count,
        running=stored.running,
        pinned=stored.pinned,
        archived=stored.archived,
        folder=stored.folder,
    )


def message_view(stored: StoredMessage, content: str | None = None, sources: list[Json] | None = None) -> MessageView:
    """`content` is what a running answer has said so far, newer than the stored text; `sources` are the stored ones as
    they stand now."""
    return MessageView(
        id=stored.id,
        role=stored.role,
        content=stored.content if content is None else content,
        status=stored.status,
        created_at=stored.created_at,
        rag_context=stored.rag_context,
        sources=stored.sources if sources is None else sources,
        usage=stored.usage,
        timings=stored.timings,
        error=stored.error,
        run_id=stored.run_id,
        thumb=stored.thumb,
        parent_id=stored.parent_id,
        versions=stored.versions,
        finish_reason=stored.finish_reason,
        model=stored.tokens_model or None,
        template=stored.template,
        context=stored.context,
    )
