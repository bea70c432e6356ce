"""A conversation as any chat template accepts it: an optional system text, then user and assistant in strict turns."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.core.protocol.frames import Message, Part, Role


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of one message; `message` is its place in the request."""

    message: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the template. Several messages of one role are one turn; none means an empty one."""

    role: Role
    said: tuple[Said, ...]


def as_turns(messages: Sequence[Message], *, system_allowed: bool) -> tuple[Turn | None, list[Turn]]:
    """The system turn (only where the template takes one) and the others: user first, user last, roles alternating.

    System text that has no turn of its own opens the next user turn. A missing user turn is an empty one.
    """
    system: list[Said] = []
    turns: list[Turn] = []
    pending: list[Said] = []
    for index, message in enumerate(messages):
        said = Said(index, message.parts)
        if message.role == "system":
            (system if system_allowed and not turns and not pending else pending).append(said)
        elif message.role == "user":
            _add(turns, "user", [*pending, said])
            pending = []
        else:
            if pending or not turns:
                _add(turns, "user", pending)
                pending = []
            _add(turns, "assistant", [said])
    if pending or not turns or turns[-1].role != "user":
        _add(turns, "user", pending)
    return (Turn("system", tuple(system)) if system else None), turns


def _add(turns: list[Turn], role: Role, said: list[Said]) -> None:
    if turns and turns[-1].role == role:
        turns[-1] = Turn(role, (*turns[-1].said, *said))
    else:
        turns.append(Turn(role, tuple(said)))
