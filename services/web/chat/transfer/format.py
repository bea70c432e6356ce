"""Ondol's own file of chats, which the other formats are turned into as well. Pure.

`{"format": "ondol-chats", "version": 1, "exported_at", "chats": [ChatFile, …]}`
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from services.web.chat.citations import wanted_of
from services.web.chat.prompt import Passage

FORMAT = "ondol-chats"
VERSION = 1
MAX_MESSAGES = 50_000
TITLE_CHARS = 300
FOLDER_CHARS = 100

Json = dict[str, Any]
Moment = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")]
Role = Literal["user", "assistant", "system"]
Ended = Literal["done", "stopped", "failed"]


class Unreadable(ValueError):
    """A chat that cannot be taken in; the text says why. `code` is one of malformed, empty, too_large."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class ChatMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """`parent` is the `id` of a message before it in the file; without one it begins the chat, or a version of it."""

    id: int
    role: Role
    content: str
    created_at: Moment
    parent: int | None = None
    status: Ended = "done"
    rag_context: str | None = None
    sources: list[Json] = []
    usage: Json | None = None
    timings: Json | None = None
    error: Json | None = None
    thumb: Literal["up", "down"] | None = None


class ChatFile(msgspec.Struct, frozen=True):
    """`shown` is the last message of the branch that is shown; `origin` names the chat in the program it came from;
    `left_out` counts pictures and the like that have no place here."""

    title: str
    created_at: Moment
    updated_at: Moment
    messages: Annotated[list[ChatMessage], msgspec.Meta(max_length=MAX_MESSAGES)]
    shown: int | None = None
    title_is_default: bool = False
    pinned: bool = False
    archived: bool = False
    folder: str = ""
    settings: Json = {}
    origin: str | None = None
    left_out: int = 0


def moment(seconds: float) -> str:
    """Seconds since 1970 as it is stored. Raises Unreadable for what is no time."""
    try:
        text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("malformed", f"{seconds} is no time") from error
    return text.replace("+00:00", "Z")


def _check_sources(message: ChatMessage) -> None:
    try:
        for source in message.sources:
            wanted_of(source)
            msgspec.convert({key: source.get(key) for key in Passage.__struct_fields__}, Passage)
    except msgspec.MsgspecError as error:
        raise Unreadable("malformed", f"a source of message {message.id}: {error}") from error


def checked(chat: ChatFile) -> ChatFile:
    """The chat with text that fits. Raises Unreadable where messages do not make a tree, or say nothing."""
    seen: set[int] = set()
    for one in chat.messages:
        if one.id in seen or (one.parent is not None and one.parent not in seen):
            raise Unreadable("malformed", f"message {one.id} does not follow its parent")
        seen.add(one.id)
        _check_sources(one)
    if not any(one.content.strip() for one in chat.messages):
        raise Unreadable("empty")
    if chat.shown is not None and chat.shown not in seen:
        raise Unreadable("malformed", f"there is no message {chat.shown}")
    title = " ".join(chat.title.split())[:TITLE_CHARS] or "…"
    folder = " ".join(chat.folder.split())[:FOLDER_CHARS]
    return msgspec.structs.replace(chat, title=title, folder=folder)
