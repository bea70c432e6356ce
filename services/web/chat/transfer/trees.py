"""Trees of messages that other programs keep by name, as lists in which parents come first. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from services.web.chat.transfer.format import ChatMessage

T = TypeVar("T")


class Node(msgspec.Struct, frozen=True):
    """A message of another program; None says nothing that is taken in, and what follows it moves up to its parent."""

    children: Sequence[str]
    message: ChatMessage | None


def flattened(
    nodes: Mapping[str, Node], roots: Sequence[str], shown: str | None
) -> tuple[list[ChatMessage], int | None]:
    """The messages numbered from 1, and the number of `shown` or of the message that stands for it."""
    messages: list[ChatMessage] = []
    number_of: dict[str, int | None] = {}
    waiting: list[tuple[str, int | None]] = [(name, None) for name in reversed(roots)]
    while waiting:
        name, parent = waiting.pop()
        node = nodes.get(name)
        if node is None or name in number_of:
            continue  # a name without a message, or a circle
        if node.message is not None:
            messages.append(msgspec.structs.replace(node.message, id=len(messages) + 1, parent=parent))
            parent = len(messages)
        number_of[name] = parent
        waiting += [(child, parent) for child in reversed(node.children)]
    return messages, number_of.get(shown) if shown is not None else None


def roots_of(nodes: Mapping[str, T], parent_of: Callable[[T], str | None]) -> list[str]:
    """Names of the messages that follow none that is there."""
    return [name for name, node in nodes.items() if parent_of(node) not in nodes]
