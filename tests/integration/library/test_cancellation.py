"""A cancelled write leaves the writer free and the database as it was."""

import asyncio
from collections.abc import Callable

from services.core.config import Config
from services.web.storage.facts import select_fact, upsert_fact
from tests.integration.library.conftest import opened


async def test_a_write_may_be_cancelled_at_any_moment(make_config: Callable[..., Config]) -> None:
    async with opened(make_config(), run=False) as shelf:
        db = shelf.library.db

        async def write(value: str) -> None:
            async with db.write() as tx:
                await upsert_fact(tx, "test", value)

        for n in range(200):
            task = asyncio.create_task(write(f"cancelled {n}"))
            for _ in range(n % 12):
                await asyncio.sleep(0.0001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await write(str(n))
            assert await select_fact(db, "test") == str(n)
