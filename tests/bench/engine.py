"""The engine's cases on one model process, and the report."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.core.config import load_config
from services.core.paths import PROJECT_ROOT
from tests.bench.engine_cases import CASES, LARGE, SMALL, Bench, Result
from tests.bench.inprocess import InProcess
from tests.bench.modelprocess import ModelProcess
from tests.bench.shape7b import VOCABULARY, write_shape

SHAPE = "7b-shape"
SHAPE_FILE = PROJECT_ROOT / ".cache" / "bench" / "7b-shape.gguf"
LARGE_BYTES = 1_000_000_000


def model_path(name: str | None) -> Path:
    """The file to run; the 7B-shaped one is written when it is not there yet."""
    if name is None:
        return VOCABULARY
    if name != SHAPE:
        return Path(name)
    if not SHAPE_FILE.exists():
        sys.stderr.write(f"writing {SHAPE_FILE} (4.4 GB)\n")
        SHAPE_FILE.parent.mkdir(parents=True, exist_ok=True)
        write_shape(SHAPE_FILE)
    return SHAPE_FILE


async def run(path: Path, names: Sequence[str]) -> list[Result]:
    """Run the cases one after the other on one model process, printing each as it is done."""
    large = path.stat().st_size >= LARGE_BYTES
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        process = ModelProcess(Path(folder) / "home", path)
        await process.start()
        reference = await asyncio.to_thread(InProcess, path)
        stall_ms = load_config().engine.max_stall_ms
        bench = Bench(process, reference, LARGE if large else SMALL, large, stall_ms)
        results = []
        try:
            for name in names:
                results.append(await CASES[name](bench))
                print(json.dumps(as_json(results[-1], path)), flush=True)
        finally:
            await process.stop()
            reference.close()
    return results


def as_json(result: Result, path: Path) -> dict[str, object]:
    """One line of the report."""
    return {
        "case": result.case,
        "model": path.stem,
        "ratio": round(result.ratio, 3),
        "limit": result.limit,
        "limit_is": "at most" if result.at_most else "at least",
        "reached": result.reached,
        **{name: round(value, 2) for name, value in result.details},
    }


def table(results: Sequence[Result]) -> str:
    """For people."""
    lines = [f"{'case':36} {'ratio':>8}  {'must reach':>12}"]
    for result in results:
        sign = "<=" if result.at_most else ">="
        limit = "–" if result.limit is None else f"{sign} {result.limit:.2f}"
        lines.append(
            f"{result.case:36} {result.ratio:8.3f}  {limit:>12}  {'' if result.reached else 'MISSED'}".rstrip()
        )
    return "\n".join(lines)
