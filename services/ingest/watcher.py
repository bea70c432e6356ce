"""One watch for life over the inbox. It only says where something changed; looking is another's work."""

import asyncio
import logging
from collections.abc import Callable

from watchfiles import awatch

_log = logging.getLogger(__name__)
_STEP_MS = 50
_DEBOUNCE_MS = 400


async def watch(root: str, poll: bool, poll_interval_s: float, changed: Callable[[set[str]], None]) -> None:
    """Report real paths that changed, until cancelled or until `root` itself is gone.

    `poll` is for mounts that send no events; a kernel that has no watches left means polling too.
    """
    if not poll:
        try:
            await _follow(root, None, changed)
            return
        except (OSError, RuntimeError) as error:
            _log.warning("the inbox cannot be watched (%s); it is polled instead", error)
    await _follow(root, poll_interval_s, changed)


async def _follow(root: str, poll_interval_s: float | None, changed: Callable[[set[str]], None]) -> None:
    stop = asyncio.Event()
    delay_ms = int((poll_interval_s or 0.3) * 1000)
    try:
        async for changes in awatch(
            root,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            stop_event=stop,
            rust_timeout=1_000,
            force_polling=poll_interval_s is not None,
            poll_delay_ms=delay_ms,
            ignore_permission_denied=True,
        ):
            changed({path for _, path in changes})
    finally:
        stop.set()
