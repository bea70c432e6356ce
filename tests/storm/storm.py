"""All of it together."""

import asyncio
import contextlib
import functools
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.appliance import Appliance, Person, eventually, person
from tests.storm.chatter import Chatter, Tally
from tests.storm.dropper import Dropper
from tests.storm.killer import kill, schedule
from tests.storm.truth import Truth

CALM_S = 600.0
SAID, SILENT_S = 20, 20.0
"""Most kills come when so many tokens more are journaled, or after so many seconds without them."""


@dataclass(frozen=True)
class Aftermath:
    """What was left. Everything that must hold was asserted before."""

    statuses: dict[str, int]
    tallies: list[Tally]
    journaled: int
    documents: int

    @property
    def replaced_s(self) -> float:
        return max(tally.replaced_s for tally in self.tallies)

    @property
    def failures(self) -> set[str]:
        """Codes of failed answers."""
        return {code for tally in self.tallies for code in tally.failed}

    def __str__(self) -> str:
        failed = sorted(code for tally in self.tallies for code in tally.failed)
        rewound = sorted(tokens for tally in self.tallies for tokens in tally.rewound)
        return (
            f"runs {self.statuses}, {self.journaled} journaled tokens, {self.documents} documents, "
            f"{sum(tally.cuts for tally in self.tallies)} cuts of a socket, failed with {failed}, rewound {rewound}"
            f" (at most {self.replaced_s:.3f} s of what was shown)"
        )


async def storm(house: Appliance, *, kills: int, seed: int, people: int, max_tokens: int) -> Aftermath:
    """Kill `kills` times while `people` chat and files are dropped; then wait until all is calm and check."""
    chance = random.Random(seed)
    truth, dropper = Truth(house.home), Dropper(house.home / "inbox")
    async with AsyncExitStack() as stack:
        everybody = [await stack.enter_async_context(person(house, f"minsu {n}")) for n in range(people)]
        chatters = [
            Chatter(who, await who.chat(max_tokens=max_tokens, ignore_eos=True), random.Random(seed + n))
            for n, who in enumerate(everybody)
        ]
        everything: list[Chatter | Dropper] = [*chatters, dropper]
        async with asyncio.TaskGroup() as group:
            for living in everything:
                group.create_task(living.run())
            for number, (target, wait_s) in enumerate(schedule(kills, chance), 1):
                before = truth.look()
                await asyncio.sleep(wait_s)
                if wait_s > 1:
                    with contextlib.suppress(TimeoutError):
                        await eventually(functools.partial(truth.grew, before, SAID), timeout_s=SILENT_S)
                truth.look()
                await kill(house, target)
                print(f"{number:3} {target:11} {truth.look()} tokens journaled", flush=True)  # noqa: T201
            for living in everything:
                living.stopping.set()
        statuses = await _calm(house, everybody, truth, dropper)
    return Aftermath(statuses, [one.tally for one in chatters], len(truth.seen), len(dropper.words))


async def _calm(house: Appliance, everybody: Sequence[Person], truth: Truth, dropper: Dropper) -> dict[str, int]:
    await asyncio.to_thread(house.wait, "/readyz", CALM_S)
    await eventually(lambda: truth.unfinished() == 0, timeout_s=CALM_S)
    await eventually(lambda: dropper.all_found(everybody[0]), timeout_s=CALM_S)
    assert await dropper.lost(everybody[0]) == []
    return truth.final()
