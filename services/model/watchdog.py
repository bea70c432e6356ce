"""Watches the worker from beside it: a native call cannot be killed, only the process around it."""

import logging
import os
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

EXIT_STUCK = 70
LONG_STEP_S = 1.0
"""An abort waits for the end of a step, unless the step takes longer than this."""
_TICK_S = 0.25


def _exit(code: int) -> None:
    logging.shutdown()
    os._exit(code)


class Watchdog:
    """`begin` and `end` around each step, `want_abort` from any thread; `look` is called four times a second.

    A step longer than `step_timeout_s` ends the process; supervisor starts a new one and callers see the connection
    close.
    """

    def __init__(
        self,
        step_timeout_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        exit_process: Callable[[int], None] = _exit,
        before_exit: Callable[[], None] = lambda: None,
    ) -> None:
        self._timeout_s = step_timeout_s
        self._clock = clock
        self._exit = exit_process
        self._before_exit = before_exit
        self._limit_s = step_timeout_s
        self._began: float | None = None
        self._abort_wanted = False
        self.interrupt: Callable[[], None] | None = None
        """Ends the engine's step early; set once the engine is there."""

    def begin(self, limit_s: float | None = None) -> None:
        """`limit_s` where it is no step that begins."""
        self._limit_s = self._timeout_s if limit_s is None else limit_s
        self._began = self._clock()

    def end(self) -> None:
        self._began = None
        self._abort_wanted = False

    def want_abort(self) -> None:
        """Somebody gave up on an answer: a long step is not worth finishing."""
        self._abort_wanted = True

    def look(self) -> None:
        began = self._began
        if began is None:
            return
        took = self._clock() - began
        if took > self._limit_s:
            setting = " (engine.step_timeout_s)" if self._limit_s == self._timeout_s else ""
            log.critical("a native call has taken %.0f s%s; this process ends to be restarted", took, setting)
            self._before_exit()
            self._exit(EXIT_STUCK)
        elif self._abort_wanted and took > LONG_STEP_S and self.interrupt is not None:
            self._abort_wanted = False
            self.interrupt()

    def start(self) -> None:
        """Look for as long as the process lives."""
        threading.Thread(target=self._look_forever, name="watchdog", daemon=True).start()

    def _look_forever(self) -> None:
        while True:
            time.sleep(_TICK_S)
            self.look()
