"""Chats between files and the database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from services.core.errors import BadRequest, InvalidSampling, NotFound
from services.web.chat.settings import ChatSettings, merge
from services.web.chat.transfer.format import FORMAT, VERSION, ChatFile, ChatMessage, Ended, Json
from services.web.chat.transfer.reading import Refused, chats_of
from services.web.storage.database import Database, Reader
from services.web.storage.messages import StoredMessage, select_all_versions
from services.web.storage.sessions import select_session
from services.web.storage.templates import select_template
from services.web.storage.transfer import (
    ImportedMessage,
    ImportedSession,
    insert_imported,
    select_origin,
    select_session_ids,
)
from services.web.storage.tree import select_leaf
from services.web.storage.values import now

TOLD_REFUSED = 200


class Imported(msgspec.Struct, frozen=True):
    """`skipped` names the first 200 of `skipped_count` chats with the reason: already_there, empty, malformed,
    too_large. `left_out` counts pictures and files that have no place here."""

    imported: int
    messages: int
    skipped_count: int
    skipped: list[Refused]
    left_out: int


# --- out --------------------------------------------------------------------------------------------------------------


async def chat_file(db: Reader, user_id: int, session_id: int) -> ChatFile:
    """A chat with all its versions. Raises NotFound."""
    session = await select_session(db, user_id, session_id)
    messages = await select_all_versions(db, session_id)
    return ChatFile(
        title=session.title,
        title_is_default=session.title_is_default,
        created_at=session.created_at,
        updated_at=session.updated_at,
        messages=[_exported(one) for one in messages],
        shown=await select_leaf(db, session_id),
        pinned=session.pinned,
        archived=session.archived,
        folder=session.folder,
        settings=session.overrides,
        origin=await select_origin(db, session_id),
    )


def _exported(message: StoredMessage) -> ChatMessage:
    status: Ended = "stopped"
    if message.status in ("done", "failed"):
        status = message.status
    return ChatMessage(
        id=message.id,
        parent=message.parent_id,
        role=message.role,
        content=message.content,
        status=status,
        created_at=message.created_at,
        rag_context=message.rag_context,
        sources=message.sources,
        usage=message.usage,
        timings=message.timings,
        error=message.error,
        thumb=message.thumb,
    )


async def export_chats(db: Reader, user_id: int, ids: list[int] | None = None) -> AsyncIterator[bytes]:
    """The file of these chats, or of all of a person's, a chat at a time."""
    head = {"format": FORMAT, "version": VERSION, "exported_at": now()}
    yield msgspec.json.encode(head)[:-1] + b',"chats":['
    first = True
    for session_id in await select_session_ids(db, user_id) if ids is None else ids:
        try:
            chat = await chat_file(db, user_id, session_id)
        except NotFound:
            continue  # deleted meanwhile
        yield (b"\n" if first else b",\n") + msgspec.json.encode(chat)
        first = False
    yield b"\n]}\n"


# --- in ---------------------------------------------------------------------------------------------------------------


async def import_chats(db: Database, user_id: int, base: ChatSettings, file: Path) -> Imported:
    """Take in a file; each chat whole or not at all. Raises BadRequest when it is no file of chats."""
    imported = messages = left_out = 0
    refused: list[Refused] = []
    chats = chats_of(file)
    try:
        while (chat := await asyncio.to_thread(next, chats, None)) is not None:
            if isinstance(chat, Refused):
                refused.append(chat)
                continue
            settings = await _settings(db, user_id, base, chat.settings)
            if await insert_imported(db, user_id, _imported(chat, settings)) is None:
                refused.append(Refused(chat.title, "already_there"))
                continue
            imported, messages, left_out = imported + 1, messages + len(chat.messages), left_out + chat.left_out
    finally:
        await asyncio.to_thread(_close, chats)
    return Imported(imported, messages, len(refused), refused[:TOLD_REFUSED], left_out)


def _close(chats: Iterator[ChatFile | Refused]) -> None:
    close = getattr(chats, "close", None)
    if close is not None:
        close()


async def _settings(db: Reader, user_id: int, base: ChatSettings, given: Json) -> Json:
    """What of a chat's settings holds here: another house has other templates and documents."""
    try:
        settings = merge({}, given, base)
        template_id = settings.get("template_id")
        if template_id is not None:
            await select_template(db, user_id, int(template_id))
    except NotFound:
        return {key: value for key, value in settings.items() if not key.startswith("template_")}
    except (BadRequest, InvalidSampling, ValueError):
        return {}
    return settings


def _imported(chat: ChatFile, settings: Json) -> ImportedSession:
    place = {one.id: at for at, one in enumerate(chat.messages)}
    return ImportedSession(
        title=chat.title,
        title_is_default=chat.title_is_default,
        settings=settings,
        created_at=chat.created_at,
        updated_at=chat.updated_at,
        pinned=chat.pinned,
        archived=chat.archived,
        folder=chat.folder,
        origin=chat.origin,
        shown=None if chat.shown is None else place[chat.shown],
        messages=[
            ImportedMessage(
                parent=None if one.parent is None else place[one.parent],
                role=one.role,
                status=one.status,
                content=one.content,
                created_at=one.created_at,
                rag_context=one.rag_context,
                sources=msgspec.json.encode(one.sources).decode(),
                usage=_json(one.usage),
                timings=_json(one.timings),
                error=_json(one.error),
                thumb=one.thumb,
            )
            for one in chat.messages
        ],
    )


def _json(value: Json | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
