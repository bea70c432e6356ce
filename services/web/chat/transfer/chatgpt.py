"""A conversation of ChatGPT's `conversations.json`: messages by id in `mapping`, each with its parent and children."""

from typing import Any

import msgspec

from services.web.chat.transfer.format import ChatFile, ChatMessage, Json, Role, Unreadable, moment
from services.web.chat.transfer.trees import Node, flattened, roots_of


class _Author(msgspec.Struct, frozen=True):
    role: str


class _Content(msgspec.Struct, frozen=True):
    content_type: str = "text"
    parts: list[Any] | None = None


class _Message(msgspec.Struct, frozen=True):
    author: _Author
    content: _Content | None = None
    create_time: float | None = None
    recipient: str | None = None
    metadata: Json | None = None


class _Place(msgspec.Struct, frozen=True):
    message: _Message | None = None
    parent: str | None = None
    children: list[str] = []


class _Conversation(msgspec.Struct, frozen=True):
    mapping: dict[str, _Place]
    title: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    current_node: str | None = None
    conversation_id: str | None = None
    id: str | None = None
    is_archived: bool | None = None
    is_starred: bool | None = None


_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
_decoder = msgspec.json.Decoder(_Conversation)


def read_chatgpt(data: bytes) -> ChatFile:
    """What people and the model said; what tools said, hidden messages, pictures and files are left out, and what
    followed them moves up. Raises Unreadable."""
    try:
        said = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise Unreadable("malformed", str(error)) from error
    began = moment(said.create_time or 0)
    nodes = {name: Node(place.children, _message(place.message, began)) for name, place in said.mapping.items()}
    roots = roots_of(said.mapping, lambda place: place.parent)
    messages, shown = flattened(nodes, roots, said.current_node)
    identity = said.conversation_id or said.id
    return ChatFile(
        title=said.title or "",
        created_at=began,
        updated_at=moment(said.update_time or said.create_time or 0),
        messages=messages,
        shown=shown,
        pinned=bool(said.is_starred),
        archived=bool(said.is_archived),
        origin=f"chatgpt:{identity}" if identity else None,
        left_out=sum(_left_out(place.message) for place in said.mapping.values()),
    )


def _message(said: _Message | None, began: str) -> ChatMessage | None:
    if said is None or said.content is None or said.author.role not in _ROLES:
        return None
    hidden = (said.metadata or {}).get("is_visually_hidden_from_conversation")
    if hidden or said.recipient not in (None, "all") or said.content.content_type not in ("text", "multimodal_text"):
        return None
    text = "\n\n".join(part for part in said.content.parts or () if isinstance(part, str) and part.strip())
    if not text:
        return None
    created_at = moment(said.create_time) if said.create_time else began
    return ChatMessage(0, _ROLES[said.author.role], text, created_at)


def _left_out(said: _Message | None) -> int:
    parts = said.content.parts if said is not None and said.content is not None else None
    return sum(not isinstance(part, str) for part in parts or ())
