"""`make bench`: the house and the engine, one JSON line a case, then a table.

    python -m tests.bench [--model 7b-shape | PATH] [--case NAME]...

Without --model the demonstration model is used. Exit code 1 when a case does not reach its limit.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from services.model.engine.native import start_backend
from tests.bench import clock, engine
from tests.bench.engine_cases import CASES, LARGE, SMALL, Result
from tests.bench.house import over_websocket
from tests.bench.inprocess import InProcess
from tests.bench.kept import KEPT
from tests.bench.talk import Script


async def websocket(path: Path) -> Result:
    """The WebSocket case."""
    sizes = LARGE if path.stat().st_size >= engine.LARGE_BYTES else SMALL
    reference = await asyncio.to_thread(InProcess, path)
    try:
        return await over_websocket(path, reference, Script(1, sizes.turns, sizes.words, sizes.answer_tokens))
    finally:
        reference.close()


HOUSE: dict[str, Callable[[Path], Awaitable[Result]]] = {
    "websocket": websocket,
    "drafts": clock.drafts,
    "eta": clock.eta_error,
}
"""Cases that start a house of their own."""


async def run(path: Path, names: Sequence[str]) -> list[Result]:
    """The chosen cases, the house first."""
    large = path.stat().st_size >= engine.LARGE_BYTES
    results = []
    for name in [name for name in names if name not in CASES]:
        results.append(await (HOUSE[name](path) if name in HOUSE else KEPT[name](path, large=large)))
        print(json.dumps(engine.as_json(results[-1], path)), flush=True)
    rest = [name for name in names if name in CASES]
    return results + (await engine.run(path, rest) if rest else [])


def main(arguments: Sequence[str]) -> int:
    """Parse, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--model", help="7b-shape or a GGUF file")
    parser.add_argument(
        "--case", action="append", choices=sorted([*HOUSE, *KEPT, *CASES]), help="only this; may be repeated"
    )
    options = parser.parse_args(arguments)
    start_backend()
    results = asyncio.run(run(engine.model_path(options.model), options.case or [*HOUSE, *KEPT, *CASES]))
    print("\n" + engine.table(results))
    return 0 if all(result.reached for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
