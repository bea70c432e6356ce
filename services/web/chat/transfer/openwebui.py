"""A chat of Open WebUI's export: messages by id in `chat.history.messages`; older ones only in `chat.messages`."""

from typing import Any

import msgspec

from services.web.chat.transfer.format import ChatFile, ChatMessage, Role, Unreadable, moment
from services.web.chat.transfer.trees import Node, flattened, roots_of


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    role: str
    content: Any = ""
    id: str | None = None
    parent_id: str | None = None
    children_ids: list[str] = []
    timestamp: float | None = None
    files: list[Any] | None = None


class _History(msgspec.Struct, frozen=True, rename="camel"):
    messages: dict[str, _Message] = {}
    current_id: str | None = None


class _Chat(msgspec.Struct, frozen=True):
    title: str | None = None
    history: _History | None = None
    messages: list[_Message] = []
    timestamp: float | None = None


class _Exported(msgspec.Struct, frozen=True):
    chat: _Chat
    id: str | None = None
    title: str | None = None
    created_at: float | None = None
    updated_at: float | None = None
    archived: bool | None = None
    pinned: bool | None = None


MILLISECONDS_FROM = 1e11
"""A time above this is in milliseconds: in seconds it would be in the year 5138."""
_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
_decoder = msgspec.json.Decoder(_Exported)


def read_openwebui(data: bytes) -> ChatFile:
    """What was said; pictures and files are left out. Raises Unreadable."""
    try:
        said = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise Unreadable("malformed", str(error)) from error
    began = _moment(said.created_at or said.chat.timestamp or 0)
    tree, current = _tree(said.chat)
    nodes = {name: Node(one.children_ids, _message(one, began)) for name, one in tree.items()}
    messages, shown = flattened(nodes, roots_of(tree, lambda one: one.parent_id), current)
    return ChatFile(
        title=said.title or said.chat.title or "",
        created_at=began,
        updated_at=_moment(said.updated_at or said.created_at or said.chat.timestamp or 0),
        messages=messages,
        shown=shown,
        pinned=bool(said.pinned),
        archived=bool(said.archived),
        origin=f"openwebui:{said.id}" if said.id else None,
        left_out=sum(_left_out(one) for one in tree.values()),
    )


def _tree(chat: _Chat) -> tuple[dict[str, _Message], str | None]:
    if chat.history is not None and chat.history.messages:
        return chat.history.messages, chat.history.current_id
    names = [str(number) for number in range(len(chat.messages))]
    chain = {
        name: msgspec.structs.replace(one, parent_id=names[at - 1] if at else None, children_ids=names[at + 1 : at + 2])
        for at, (name, one) in enumerate(zip(names, chat.messages, strict=True))
    }
    return chain, names[-1] if names else None


def _message(said: _Message, began: str) -> ChatMessage | None:
    text = _text(said.content)
    if said.role not in _ROLES or not text.strip():
        return None
    return ChatMessage(0, _ROLES[said.role], text, _moment(said.timestamp) if said.timestamp else began)


def _text(content: Any) -> str:
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "\n\n".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _left_out(said: _Message) -> int:
    pictures = 0
    if isinstance(said.content, list):
        pictures = sum(isinstance(part, dict) and part.get("type") != "text" for part in said.content)
    return pictures + len(said.files or ())


def _moment(seconds: float) -> str:
    return moment(seconds / 1000 if seconds > MILLISECONDS_FROM else seconds)
