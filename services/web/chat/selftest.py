"""Does it still find things? Asks every pinned question again and looks where its passage comes.

Runs when somebody asks for it, and by itself while nobody chats: once a day, after new pins, and whenever what the
search is made of has changed. The results before and after stand side by side.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import msgspec

from services.core.errors import OndolError
from services.web.chat.citations import wanted_of
from services.web.library.citing import Citing, Standing
from services.web.library.grouping import shingles
from services.web.library.types import Hit
from services.web.storage.database import Database
from services.web.storage.messages import Json
from services.web.storage.pins import Pin, select_pins
from services.web.storage.selftests import Lost, Pinner, Result, insert_selftest, select_pinners
from services.web.storage.users import User

log = logging.getLogger(__name__)
CHECK_S = 60.0
ASKED_S = 20.0  # somebody waits for the answer of a request
DAY = timedelta(days=1)
MAX_PINS = 500
SAME_PASSAGE = 0.5
Reason = Literal["asked", "daily", "pinned", "changed"]


class Shelves(Protocol):
    """The library as far as a self-test needs it. `setup` names what its search is made of."""

    @property
    def citing(self) -> Citing: ...
    async def search(self, user: User, query: str, *, k: int, context: str = "") -> list[Hit]: ...
    async def setup(self) -> str: ...
    async def settled(self) -> bool: ...


class Asked(msgspec.Struct, frozen=True):
    """A pin's outcome: `rank` counts from 0, None when it was not found."""

    pin: Pin
    rank: int | None
    deleted: bool
    document_id: str | None


def rank_of(hits: Sequence[Hit], targets: Sequence[tuple[Json, Standing]]) -> int | None:
    """The place of the first result that is one of the targets."""
    for rank, hit in enumerate(hits):
        if any(_is_target(hit, source, standing) for source, standing in targets):
            return rank
    return None


def _is_target(hit: Hit, source: Json, standing: Standing) -> bool:
    """The document, and (while the passage stands in it unchanged) that passage."""
    if hit.document_id != standing.document_id:
        return any(other.document_id == standing.document_id for other in hit.also_in)
    if standing.status != "current":
        return True
    passage = shingles(source["text"])
    return any(_overlaps(shingles(text), passage) for text in (hit.text, *(more.text for more in hit.more)))


def _overlaps(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) >= SAME_PASSAGE * min(len(a), len(b))


def summed_up(outcomes: Sequence[Asked], *, pins: int, k: int, reason: Reason, duration_s: float, setup: str) -> Result:
    """A result of the outcomes of those pins that were reached in time."""
    ranks = [one.rank for one in outcomes if not one.deleted]
    tested = len(ranks)
    return Result(
        pins=pins,
        tested=tested,
        skipped=pins - len(outcomes),
        k=k,
        recall_at_1=round(ranks.count(0) / tested, 4) if tested else None,
        recall_at_k=round((tested - ranks.count(None)) / tested, 4) if tested else None,
        lost=[_lost(one) for one in outcomes if one.rank is None],
        reason=reason,
        duration_s=round(duration_s, 3),
        setup=setup,
    )


def _lost(one: Asked) -> Lost:
    return Lost(
        question=one.pin.question,
        title=one.pin.targets[0]["title"],
        reason="deleted" if one.deleted else "not_found",
        document_id=one.document_id,
        session_id=str(one.pin.session_id),
        message_id=one.pin.message_id,
    )


class SelfTest:
    """`busy` says whether somebody waits for an answer, or the model is away (words alone would find other things). One
    test runs at a time."""

    def __init__(self, people: Database, library: Shelves, k: int, busy: Callable[[], bool]) -> None:
        self._people = people
        self._library = library
        self._k = k
        self._busy = busy
        self._one = asyncio.Lock()

    async def ask(self, user: User) -> Result:
        """Test a person's pins now, within ASKED_S, and remember the result."""
        return await self._test(user, "asked", deadline=time.monotonic() + ASKED_S)

    async def run(self) -> None:
        """Look for what is due, for life."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                await self.step()
            except OndolError as error:
                log.error("the self-test waits: %s", error.message)

    async def step(self) -> int:
        """Test everybody's pins that are due, while nobody chats and nothing is being embedded; how many people's."""
        if self._busy() or not await self._library.settled():
            return 0
        setup = await self._library.setup()
        done = 0
        for pinner in await select_pinners(self._people):
            reason = due(pinner, setup, datetime.now(UTC))
            if reason is not None:
                await self._test(pinner.user, reason)
                done += 1
        return done

    async def _test(self, user: User, reason: Reason, deadline: float | None = None) -> Result:
        async with self._one:
            started = time.monotonic()
            setup = await self._library.setup()
            pins = await select_pins(self._people, user.id, MAX_PINS)
            outcomes: list[Asked] = []
            for pin in pins:
                if deadline is None:
                    await self._until_calm()
                elif time.monotonic() > deadline:
                    break
                outcomes.append(await self._look(user, pin))
            result = summed_up(
                outcomes,
                pins=len(pins),
                k=self._k,
                reason=reason,
                duration_s=time.monotonic() - started,
                setup=setup,
            )
            async with self._people.write() as tx:
                return await insert_selftest(tx, user.id, result)

    async def _until_calm(self) -> None:
        """Chats go first; a short rest between two questions leaves room for everything else."""
        await asyncio.sleep(0.05)
        while self._busy():  # noqa: ASYNC110  # whoever chats tells nobody when it is over
            await asyncio.sleep(1)

    async def _look(self, user: User, pin: Pin) -> Asked:
        standings = await self._library.citing.standings(user.username, [wanted_of(one) for one in pin.targets])
        alive = [
            (one, standing)
            for one, standing in zip(pin.targets, standings, strict=True)
            if standing.status != "deleted"
        ]
        if not alive:
            return Asked(pin, None, deleted=True, document_id=None)
        hits = await self._library.search(user, pin.question, k=self._k, context=pin.context)
        return Asked(pin, rank_of(hits, alive), deleted=False, document_id=alive[0][1].document_id)


def due(pinner: Pinner, setup: str, now: datetime) -> Reason | None:
    """Why a person's pins are to be tested now, None when they are not."""
    if pinner.ran_at is None or pinner.newest_pin > pinner.ran_at:
        return "pinned"
    if pinner.setup != setup:
        return "changed"
    return "daily" if now - datetime.fromisoformat(pinner.ran_at) >= DAY else None
