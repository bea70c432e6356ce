"""`python -m services.web.safety …` beside the house: low in priority, and its memory goes with it."""

import asyncio
import contextlib
import sys

import msgspec


class Ended(msgspec.Struct, frozen=True):
    """`complaint` is the last line that it had to say, empty when it said none."""

    code: int
    told: bytes
    complaint: str


async def run_beside(command: str) -> Ended:
    """Until it ends; it is ended when nobody waits any more. Raises OSError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.web.safety", command, "--for-web"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        told, complaint = await process.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    line = complaint.decode(errors="replace").strip().rpartition("\n")[2].removeprefix("ondol: ")
    return Ended(process.returncode or 0, told, line)
