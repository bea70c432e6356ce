"""Work for life does not end with the first thing that goes wrong."""

import asyncio

from services.core.errors import DiskError
from services.web.background import lasting


async def test_what_breaks_off_begins_anew() -> None:
    begun = 0
    calm = asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 4:
            raise (DiskError("the disk refuses") if begun % 2 else OSError(5, "Input/output error"))
        calm.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(lasting("work", work, again_s=0))
    await asyncio.wait_for(calm.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert begun == 4
