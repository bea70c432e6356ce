"""Work that goes on for as long as the house does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)
AGAIN_S = 10.0


async def lasting(name: str, work: Callable[[], Awaitable[None]], again_s: float = AGAIN_S) -> None:
    """Do `work` for life: what it did not expect (a disk that fails, say) is logged, and it begins anew."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s was cut off; it begins anew in %.0f s", name, again_s)
            await asyncio.sleep(again_s)
        else:
            return
