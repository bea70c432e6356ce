"""How long people wait, and how well they are told: reading while somebody types, and the first estimate of a wait."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.appliance import Appliance, ChatSocket, Json, Person, person
from tests.bench.engine_cases import Result
from tests.bench.house import UP_S
from tests.bench.talk import question

WORDS_A_MINUTE = 40
QUESTION_WORDS = 60
CHAT_WORDS = 930
"""About 1,000 tokens."""
EVERY_S = 1.0
DRAFTS_AT_MOST = 0.10
RUNS = 50
PEOPLE = 4
ERROR_AT_MOST = 0.20


@asynccontextmanager
async def house(path: Path) -> AsyncIterator[Appliance]:
    """An appliance with the model at `path`."""
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        own = Appliance(Path(folder) / "home", ONDOL_MODEL=str(path), ONDOL_ENGINE__CALIBRATE="false")
        try:
            await asyncio.to_thread(own.start, up_s=UP_S)
            yield own
        finally:
            await asyncio.to_thread(own.stop)


# --- reading while somebody types ---------------------------------------------------------------------------------


async def drafts(path: Path) -> Result:
    """Time to first token of a 60-word question to a cold chat of 1,000 tokens, typed at 40 words a minute ÷ pasted."""
    async with house(path) as own, person(own, "typist") as somebody:
        await _first_token_s(somebody, 1, typing=False, chat_words=20)  # pages are in memory after this
        pasted = await _first_token_s(somebody, 2, typing=False)
        typed = await _first_token_s(somebody, 3, typing=True)
    details = (("pasted_s", pasted), ("typed_s", typed))
    return Result("typed with drafts / pasted", typed / pasted, DRAFTS_AT_MOST, at_most=True, details=details)


async def _first_token_s(who: Person, number: int, *, typing: bool, chat_words: int = CHAT_WORDS) -> float:
    """Of a chat nobody has read anything of: its text is its own from the first word on."""
    session = await who.chat(max_tokens=2, ignore_eos=True, system_prompt=question(number * 7, chat_words))
    text = question(100 + number, QUESTION_WORDS)
    async with who.socket(session) as chat:
        if typing:
            await _type(chat, text)
        began = time.perf_counter()
        await chat.send(type="message", content=text)
        await chat.until("stream_token", timeout_s=600)
        took = time.perf_counter() - began
        await chat.until_end(600)
    return took


async def _type(chat: ChatSocket, text: str) -> None:
    """Letter by letter at an even pace, told as the page does: once a second."""
    seconds = len(text.split()) * 60 / WORDS_A_MINUTE
    began = time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        await chat.send(type="draft", content=text[: int(len(text) * spent / seconds)])
        await asyncio.sleep(EVERY_S)


# --- the first estimate -------------------------------------------------------------------------------------------


async def eta_error(path: Path) -> Result:
    """|first estimate - time to first token| ÷ time to first token, the median of 50 runs: short and long questions,
    new chats and old ones, alone and in a line, one to four at a time."""
    large = path.stat().st_size > 1_000_000_000
    async with house(path) as own:
        async with person(own, "early") as somebody:
            for number in range(3):
                await _estimate(somebody, await _chat(somebody, 16), question(number, 150))
        people = [_some_runs(own, number, large) for number in range(PEOPLE)]
        errors = [error for found in await asyncio.gather(*people) for error in found][:RUNS]
    assert len(errors) == RUNS
    details = (("p90", statistics.quantiles(errors, n=10)[-1]), ("worst", max(errors)))
    median = statistics.median(errors)
    return Result("error of the first estimate, median", median, ERROR_AT_MOST, at_most=True, details=details)


async def _chat(who: Person, max_tokens: int) -> str:
    return await who.chat(max_tokens=max_tokens, ignore_eos=True)


async def _some_runs(own: Appliance, number: int, large: bool) -> list[float]:
    """One person's questions; a pause now and then, so that there is a line at some times and none at others."""
    draw = random.Random(number)
    errors: list[float] = []
    async with person(own, f"person {number}") as who:
        session = ""
        for turn in range(-(-RUNS // PEOPLE)):
            if not session or draw.random() < 0.4:
                session = await _chat(who, draw.choice((8, 16, 24) if large else (16, 40, 96, 160)))
            words = draw.choice((8, 20, 60) if large else (8, 25, 80, 250))
            errors.append(await _estimate(who, session, question(number * 100 + turn, words)))
            await asyncio.sleep(draw.choice((0.0, 0.0, 0.5, 2.0)))
    return errors


async def _estimate(who: Person, session: str, text: str) -> float:
    """Ask, and compare the first estimate with the first token."""
    told: tuple[float, float] | None = None
    async with who.socket(session) as chat:
        await chat.send(type="message", content=text)
        while True:
            frame: Json = await chat.next(600)
            now = time.perf_counter()
            if told is None and frame.get("eta_s") is not None:
                told = (now, frame["eta_s"])
            if frame["type"] == "stream_token":
                break
        await chat.until_end(600)
    assert told is not None, "no estimate was told"
    actual = max(now - told[0], 1e-3)
    return abs(told[1] - actual) / actual
