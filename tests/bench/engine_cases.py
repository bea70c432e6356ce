"""The engine's benchmark cases. Each is a ratio within one run, so that the box it runs on cancels out."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise

from tests.bench.inprocess import InProcess
from tests.bench.modelprocess import ModelProcess
from tests.bench.talk import SAMPLING, Script, question

ROUNDS = 3
LONG_PROMPT_TOKENS = 1500
DOCUMENTS = 200
_PASSAGES_A_REQUEST = 8


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is said: less on a model that takes its time."""

    turns: int
    words: int
    answer_tokens: int


SMALL = Sizes(turns=4, words=40, answer_tokens=128)
LARGE = Sizes(turns=2, words=40, answer_tokens=48)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a case works with. `large` picks the stricter limits of the 7B shape."""

    process: ModelProcess
    reference: InProcess
    sizes: Sizes
    large: bool
    max_stall_ms: int

    def script(self, user: int, *, turns: int = 0, words: int = 0, answer_tokens: int = 0) -> Script:
        sizes = self.sizes
        return Script(user, turns or sizes.turns, words or sizes.words, answer_tokens or sizes.answer_tokens)


@dataclass(frozen=True, slots=True)
class Result:
    """`ratio` must be at least (or `at_most`) `limit`; None is only reported."""

    case: str
    ratio: float
    limit: float | None
    at_most: bool = False
    details: tuple[tuple[str, float], ...] = ()

    @property
    def reached(self) -> bool:
        if self.limit is None:
            return True
        return self.ratio <= self.limit if self.at_most else self.ratio >= self.limit


async def one_user(bench: Bench) -> Result:
    """A chat of several turns, answered over the socket ÷ in this process."""
    return await _against_reference(bench, "1 user / in-process", [bench.script(1)], 0.97 if bench.large else 0.90)


async def four_users(bench: Bench) -> Result:
    """Four chats at once: all their tokens ÷ the time until the last is done, against one batch of four."""
    scripts = [bench.script(user, turns=1) for user in range(1, 5)]
    return await _against_reference(bench, "4 users / in-process with 4", scripts, 0.85)


async def _against_reference(bench: Bench, case: str, scripts: list[Script], limit: float) -> Result:
    ratios, speeds = [], []
    tokens = sum(script.turns * script.answer_tokens for script in scripts)
    for number in range(ROUNDS + 1):
        said = [script.again(number) for script in scripts]
        over_socket = await bench.process.play(said, f"{case}-{number}", SAMPLING)
        here = await asyncio.to_thread(bench.reference.play, said, SAMPLING)
        if number:  # the first round warms both sides up
            ratios.append(here / over_socket)
            speeds.append((tokens / over_socket, tokens / here))
    details = (
        ("tokens_per_s", statistics.median(ours for ours, _ in speeds)),
        ("in_process_tokens_per_s", statistics.median(theirs for _, theirs in speeds)),
    )
    return Result(case, statistics.median(ratios), limit, details=details)


async def later_turns(bench: Bench) -> Result:
    """Prompt tokens that were read ÷ prompt tokens that were new, from the second turn on."""
    script = bench.script(7, turns=4, answer_tokens=24)
    turns = await bench.process.converse(script, "later-turns", SAMPLING)
    read = new = 0
    for before, after in pairwise(turns):
        read += after.usage.prompt_tokens - after.usage.cached_tokens
        new += after.usage.prompt_tokens - before.usage.prompt_tokens - before.usage.completion_tokens
    return Result(
        "later turns: tokens read / new", read / new, 1.05, at_most=True, details=(("read", read), ("new", new))
    )


async def stall(bench: Bench) -> Result:
    """The longest gap between two tokens of one user while another one's long prompt is read ÷ max_stall_ms."""
    long = Script(9, 1, int(LONG_PROMPT_TOKENS / 1.06), 4)
    answer_tokens = 400 if not bench.large else 160
    listener = bench.script(8, turns=1, answer_tokens=answer_tokens)
    listening = asyncio.create_task(bench.process.converse(listener, "stall-a", SAMPLING))
    await asyncio.sleep(3.0 if bench.large else 0.6)
    disturber = asyncio.create_task(bench.process.converse(long, "stall-b", SAMPLING))
    answered = (await listening)[0]
    prompt_tokens = (await disturber)[0].usage.prompt_tokens
    gap_ms = answered.longest_gap_s * 1000
    details = (("longest_gap_ms", gap_ms), ("prompt_tokens", prompt_tokens))
    limit = 1.5 if bench.large else None
    return Result("longest gap / max_stall_ms", gap_ms / bench.max_stall_ms, limit, at_most=True, details=details)


async def ingest(bench: Bench) -> Result:
    """Chat speed while documents are being embedded ÷ alone."""
    script = bench.script(5, turns=1, answer_tokens=bench.sizes.answer_tokens * (1 if bench.large else 2))
    ratios = []
    for number in range(ROUNDS):
        alone = (await bench.process.converse(script, f"alone-{number}", SAMPLING))[0].decode_tokens_per_s
        feeding = asyncio.create_task(_feed(bench.process))
        beside = (await bench.process.converse(script, f"beside-{number}", SAMPLING))[0].decode_tokens_per_s
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        ratios.append(beside / alone)
    return Result("chat while ingesting / alone", statistics.median(ratios), 0.90, details=(("worst", min(ratios)),))


async def _feed(process: ModelProcess) -> None:
    """Embed the passages of `DOCUMENTS` documents at ingestion's priority, one request behind the other."""
    for start in range(0, DOCUMENTS, _PASSAGES_A_REQUEST):
        texts = [question(start + i, 180) for i in range(_PASSAGES_A_REQUEST)]
        await process.client.embed(texts, kind="passage", priority="ingest")


async def memory(bench: Bench) -> Result:
    """RSS of the model process in GiB, embedder loaded and used, after the other cases."""
    await bench.process.client.embed([question(1, 600)], kind="passage", priority="query")
    gib = bench.process.rss_bytes / 2**30
    return Result("RSS of the model process, GiB", gib, 5.0 if bench.large else None, at_most=True)


Case = Callable[[Bench], Awaitable[Result]]
CASES: dict[str, Case] = {
    "one_user": one_user,
    "four_users": four_users,
    "later_turns": later_turns,
    "stall": stall,
    "ingest": ingest,
    "memory": memory,
}
