"""The whole house against one process: a chat over the WebSocket ÷ the same turns without sockets, web or journal."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from services.core.protocol.frames import Sampling
from tests.appliance import Appliance, Person, person
from tests.bench.engine_cases import ROUNDS, Result
from tests.bench.inprocess import InProcess
from tests.bench.talk import SAMPLING, Script, question

LIMIT = 0.85
UP_S = 600.0  # a large model is calibrated before it is ready


async def over_websocket(path: Path, reference: InProcess, script: Script) -> Result:
    """`script` over the WebSocket ÷ in this process, in turn, the first round not counted."""
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        house = Appliance(Path(folder) / "home", ONDOL_MODEL=str(path))
        try:
            await asyncio.to_thread(house.start, up_s=UP_S)
            async with person(house, "bench") as somebody:
                return await _compare(somebody, reference, script)
        finally:
            await asyncio.to_thread(house.stop)


async def _compare(somebody: Person, reference: InProcess, script: Script) -> Result:
    ratios, ours, theirs = [], [], []
    tokens = script.turns * script.answer_tokens
    for number in range(ROUNDS + 1):
        said = script.again(number)
        over_socket_s = await _converse(somebody, said)
        here_s = await asyncio.to_thread(reference.play, [said], SAMPLING)
        if number:
            ratios.append(here_s / over_socket_s)
            ours.append(tokens / over_socket_s)
            theirs.append(tokens / here_s)
    details = (("tokens_per_s", statistics.median(ours)), ("in_process_tokens_per_s", statistics.median(theirs)))
    return Result("WebSocket / in-process", statistics.median(ratios), LIMIT, details=details)


async def _converse(somebody: Person, script: Script) -> float:
    """All turns of a new chat; returns the seconds from question to end, added up."""
    session = await somebody.chat(max_tokens=script.answer_tokens, **_settings(SAMPLING))
    spent = 0.0
    async with somebody.socket(session) as chat:
        for turn in range(script.turns):
            began = time.perf_counter()
            await chat.send(type="message", content=question(script.user * 31 + turn, script.words))
            end = (await chat.until_end(600))[-1]
            spent += time.perf_counter() - began
            assert end["type"] == "stream_end", end
            assert end["message"]["usage"]["completion_tokens"] == script.answer_tokens
    return spent


def _settings(sampling: Sampling) -> dict[str, object]:
    names: Sequence[str] = ("temperature", "top_k", "top_p", "min_p", "seed", "ignore_eos")
    return {name: getattr(sampling, name) for name in names}
