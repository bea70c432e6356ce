"""`run/ingest.sock`: whoever connects hears that the event loop turns, and nothing else."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ALIVE = b"alive\n"


async def _answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        writer.write(ALIVE)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def answering(path: Path) -> AsyncIterator[None]:
    """Listen meanwhile. A socket file that is already there belongs to a dead process: the caller holds the lock."""
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(_answer, path)
    finally:
        os.umask(mask)
    try:
        async with server:
            yield
    finally:
        path.unlink(missing_ok=True)
