"""Chats that were read before: after a restart of the whole house, from a template, and while others are written."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.appliance import Appliance, Person, person
from tests.bench.engine_cases import LARGE, SMALL, Result
from tests.bench.modelprocess import ModelProcess
from tests.bench.talk import SAMPLING, Script, question

READY_S = 600.0
ANSWER_S = 600.0
SHORT = "And why is that so, in a few words?"
CHAT_WORDS = {True: 1930, False: 1740}
"""2,000 tokens on the 7B shape; the demonstration model was trained for 2,048, so there it is 1,800."""
TEMPLATE_WORDS = 1480
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """Seconds to the first token, and tokens of the prompt."""

    ttft_s: float
    prompt_tokens: int
    cached_tokens: int


@asynccontextmanager
async def _house(home: Path, model: Path) -> AsyncIterator[Person]:
    """The whole appliance, stopped as `make run` is."""
    house = Appliance(home, ONDOL_MODEL=str(model), ONDOL_ENGINE__CALIBRATE="false")
    await asyncio.to_thread(house.start, True, READY_S)
    try:
        async with person(house, "bench") as somebody:
            yield somebody
    finally:
        await asyncio.to_thread(house.stop)


async def _ask(somebody: Person, session: str, text: str) -> _Asked:
    async with somebody.socket(session) as chat:
        began = time.perf_counter()
        await chat.send(type="message", content=text)
        await chat.until("stream_token", "error", timeout_s=ANSWER_S)
        ttft_s = time.perf_counter() - began
        end = (await chat.until_end(ANSWER_S))[-1]
    assert end["type"] == "stream_end", end
    usage = end["message"]["usage"]
    return _Asked(ttft_s, usage["prompt_tokens"], usage["cached_tokens"])


def _details(warm: _Asked, cold: _Asked) -> tuple[tuple[str, float], ...]:
    read = warm.prompt_tokens - warm.cached_tokens
    return (
        ("warm_ttft_s", warm.ttft_s),
        ("cold_ttft_s", cold.ttft_s),
        ("prompt_tokens", warm.prompt_tokens),
        ("read_tokens", read),
    )


async def reopened(model: Path, *, large: bool) -> Result:
    """A question to a long chat after a restart of everything ÷ its first question, which is nearly all of it."""
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        home = Path(folder) / "home"
        async with _house(home, model) as somebody:
            session = await somebody.chat(max_tokens=16, ignore_eos=True, temperature=0.0)
            cold = await _ask(somebody, session, question(1, CHAT_WORDS[large]))
        async with _house(home, model) as somebody:
            warm = await _ask(somebody, session, SHORT)
    limit = 0.05 if large else 0.08
    return Result("chat reopened / read afresh", warm.ttft_s / cold.ttft_s, limit, True, _details(warm, cold))


async def warm_template(model: Path, *, large: bool) -> Result:
    """The first question to a new chat with a template that another chat used before a restart ÷ a template's first."""
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        home = Path(folder) / "home"
        async with _house(home, model) as somebody:
            made = await somebody.http.post(
                "/api/prompts/templates/", json={"name": "bench", "system_prompt": question(2, TEMPLATE_WORDS)}
            )
            settings = {"template_id": made.json()["id"], "max_tokens": 8, "ignore_eos": True}
            cold = await _ask(somebody, await somebody.chat(**settings), "What is this about?")
        async with _house(home, model) as somebody:
            warm = await _ask(somebody, await somebody.chat(**settings), SHORT)
    return Result("warm template / cold", warm.ttft_s / cold.ttft_s, 0.05, True, _details(warm, cold))


async def writing(model: Path, *, large: bool) -> Result:
    """Chat speed while other chats are written to disk ÷ when they have been."""
    sizes = LARGE if large else SMALL
    others = [Script(user, 1, 700, 4) for user in (2, 3)]
    script = Script(1, 1, sizes.words, sizes.answer_tokens * 2)
    ratios, written = [], 0
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        process = ModelProcess(Path(folder) / "home", model, ONDOL_ENGINE__KV_SAVE_AFTER_S="0.05")
        await process.start()
        try:
            for number in range(1, ROUNDS + 1):
                await _rest_beside(process, others, 2 * number)
                before = (await process.client.stats()).kv_written_bytes_total
                beside = (await process.converse(script.again(number), f"beside-{number}", SAMPLING))[0]
                written += (await process.client.stats()).kv_written_bytes_total - before
                await _rest_beside(process, others, 2 * number + 1)
                await _all_written(process)
                alone = (await process.converse(script.again(number), f"alone-{number}", SAMPLING))[0]
                ratios.append(beside.decode_tokens_per_s / alone.decode_tokens_per_s)
        finally:
            await process.stop()
    details = (("worst", min(ratios)), ("written_mb", written / 1e6 / ROUNDS))
    return Result("chat while KV is written / alone", statistics.median(ratios), 0.95, details=details)


async def _rest_beside(process: ModelProcess, scripts: list[Script], number: int) -> None:
    """Chats in new words that then rest: the pool looks the same each time."""
    for script in scripts:
        await process.converse(script.again(number), f"idle-{number}-{script.user}", SAMPLING)


async def _all_written(process: ModelProcess) -> None:
    """Until nothing more was written for a second."""
    seen = -1
    while (now := (await process.client.stats()).kv_written_bytes_total) != seen:
        seen = now
        await asyncio.sleep(1.0)


KeptCase = Callable[..., Awaitable[Result]]
KEPT: dict[str, KeptCase] = {"reopened": reopened, "warm_template": warm_template, "writing": writing}
