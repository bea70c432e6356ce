"""What of a conversation is read when not all of it fits: pure, deterministic, and the same again on the next turn.

The decision is replayed from the first question to the last. Whenever a question did not fit at its time, parts went
until at least a quarter of the context was free; what went stays away. So two successive turns share their prefix until
the next quarter must go, and nothing has to be remembered between them.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.core.errors import ContextOverflow
from services.core.protocol.frames import Message
from services.model.template import ChatFormat, Encoded, Tokenizer


@dataclass(frozen=True, slots=True)
class Layout:
    """`tokens` to read, `used` is their number; `dropped_part_ids` in the order of the conversation. The last
    message's text begins behind `before` tokens, and `tail` tokens of the template follow it."""

    tokens: tuple[int, ...]
    used: int
    dropped_part_ids: tuple[str, ...]
    before: int
    tail: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """A part in its message and turn, with its length. A turn is a question with what follows until the next one."""

    id: str
    message: int
    turn: int
    rank: int
    tokens: int


def lay_out(
    messages: Sequence[Message], fmt: ChatFormat, tokenizer: Tokenizer, *, n_ctx: int, reserve_tokens: int
) -> Layout:
    """Fit `messages` into `n_ctx` − `reserve_tokens` (kept for the answer).

    Parts of the highest drop_rank go first, older before newer, those of the last question's own message last.
    A message that lost all its parts goes, and with it its whole turn. Parts of rank 0 stay.
    Raises ContextOverflow (needed_tokens, n_ctx) when what must stay does not fit.
    """
    budget = n_ctx - reserve_tokens
    encoded = fmt.encode(messages, tokenizer)
    if _total(encoded) <= budget:
        return _layout(encoded, ())
    costs = _Costs(messages, encoded)
    dropped: set[str] = set()
    for last in costs.questions:
        _make_room(costs, last, dropped, budget=budget, quarter=n_ctx // 4)
    while True:
        encoded = fmt.encode(_without(messages, dropped), tokenizer)
        over = _total(encoded) - budget
        if over <= 0:
            return _layout(encoded, tuple(unit.id for unit in costs.units if unit.id in dropped))
        victims = costs.victims(costs.questions[-1], dropped)
        first = next(victims, None)
        if first is None:
            raise _overflow(_total(encoded) + reserve_tokens, n_ctx)
        dropped.update(first)


def _overflow(needed: int, n_ctx: int) -> ContextOverflow:
    message = (
        f"this needs {needed} tokens (with room for the answer) and the context holds {n_ctx}; "
        "shorten the message or allow a shorter answer"
    )
    return ContextOverflow(message, needed_tokens=needed, n_ctx=n_ctx)


def _layout(encoded: Sequence[Encoded], dropped: tuple[str, ...]) -> Layout:
    tokens = tuple(token for piece in encoded for token in piece.tokens)
    last = max((piece.message for piece in encoded if piece.part_id is not None), default=-1)
    before = itertools.takewhile(lambda piece: piece.part_id is None or piece.message != last, encoded)
    behind = itertools.takewhile(lambda piece: piece.part_id is None, reversed(encoded))
    return Layout(tokens, len(tokens), dropped, _total(list(before)), _total(list(behind)))


def _total(encoded: Sequence[Encoded]) -> int:
    return sum(len(piece.tokens) for piece in encoded)


def _without(messages: Sequence[Message], dropped: set[str]) -> list[Message]:
    kept = []
    for message in messages:
        parts = tuple(part for part in message.parts if part.id not in dropped)
        if parts or not message.parts:
            kept.append(Message(role=message.role, parts=parts))
    return kept


class _Costs:
    """Lengths of parts and of the template's text, a message; `frame` opens the prompt and asks for the answer."""

    def __init__(self, messages: Sequence[Message], encoded: Sequence[Encoded]) -> None:
        by_part = {piece.part_id: len(piece.tokens) for piece in encoded if piece.part_id is not None}
        glue = [piece for piece in encoded if piece.part_id is None]
        self.frame = sum(len(piece.tokens) for piece in (encoded[0], encoded[-1]) if piece.part_id is None)
        self.glue = [0] * len(messages)
        for piece in glue:
            if piece is not encoded[0] and piece is not encoded[-1]:
                self.glue[piece.message] += len(piece.tokens)
        self.units: list[_Unit] = []
        self.questions: list[int] = []
        turn = -1
        for index, message in enumerate(messages):
            if message.role == "user":
                turn += 1
                self.questions.append(index)
            for part in message.parts:
                self.units.append(_Unit(part.id, index, turn, part.drop_rank, by_part.get(part.id, 0)))
        self.questions = self.questions or [len(messages) - 1]
        self.pinned_turns = {unit.turn for unit in self.units if unit.rank == 0}

    def used(self, last: int, dropped: set[str]) -> int:
        """Tokens of messages up to `last` without what was dropped; never less than their encoding has."""
        kept = [unit for unit in self.units if unit.message <= last and unit.id not in dropped]
        glue = sum(self.glue[message] for message in {unit.message for unit in kept})
        return self.frame + glue + sum(unit.tokens for unit in kept)

    def victims(self, last: int, dropped: set[str]) -> Iterator[tuple[str, ...]]:
        """What may go next when message `last` is the question: each time the ids that go together."""
        gone = set(dropped)
        own = [unit.rank for unit in self.units if unit.message == last]
        floor = min(own, default=0)
        order = [unit for unit in self.units if unit.message <= last and unit.rank > 0]
        order = [unit for unit in order if unit.message < last or unit.rank > floor]
        order.sort(key=lambda unit: (unit.message == last, -unit.rank))
        for unit in order:
            if unit.id in gone:
                continue
            siblings = [u.id for u in self.units if u.message == unit.message and u.id not in gone]
            if siblings != [unit.id]:
                going: tuple[str, ...] = (unit.id,)
            elif unit.turn in self.pinned_turns or unit.message == last:
                continue
            else:
                going = tuple(u.id for u in self.units if u.turn == unit.turn and u.id not in gone)
            gone.update(going)
            yield going


def _make_room(costs: _Costs, last: int, dropped: set[str], *, budget: int, quarter: int) -> None:
    used = costs.used(last, dropped)
    if used <= budget:
        return
    goal = min(budget, used - quarter)
    for going in costs.victims(last, dropped):
        dropped.update(going)
        if costs.used(last, dropped) <= goal:
            return
