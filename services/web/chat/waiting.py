"""What people hear while they wait and nothing else happens: every second, what was last known, counted on."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from services.core.protocol.client import ModelClient
from services.web.chat.comeback import Comeback
from services.web.chat.events import Event, ModelStateEvent, PromptProgress, QueuedEvent
from services.web.chat.live import LiveRun

SILENCE_S = 1.0
"""Nobody who waits hears nothing for longer."""
TICK_S = 0.25
LEAST_ETA_S = 1.0
"""What is late is told as coming soon, never as here."""
USUAL_ANSWER_TOKENS = 200.0
_NEWEST = 0.2
"""Weight of the newest answer's length."""

Tell = Callable[[LiveRun, Event], None]


def model_state_event(model: ModelClient) -> ModelStateEvent:
    """How the model process is, for everybody who watches."""
    state = model.state
    reason = None if model.ready else model.unavailable().message
    return ModelStateEvent(state.state if state else "down", reason, state.percent if state else None)


def counted_on(event: Event | None, elapsed_s: float) -> Event | None:
    """An estimate that was told `elapsed_s` ago, as it stands now."""
    if isinstance(event, QueuedEvent | PromptProgress) and event.eta_s is not None:
        eta = max(event.eta_s - elapsed_s, min(event.eta_s, LEAST_ETA_S))
        return msgspec.structs.replace(event, eta_s=round(eta, 2))
    return event


class Waiting:
    """`sessions` are the runs of each chat, the one being answered first. `wake` it when there is a run."""

    def __init__(
        self,
        model: ModelClient,
        sessions: Mapping[int, Sequence[LiveRun]],
        tell: Tell,
        comeback: Comeback,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._sessions = sessions
        self._tell = tell
        self._comeback = comeback
        self._clock = clock
        self._awake = asyncio.Event()
        self._usual = USUAL_ANSWER_TOKENS

    def wake(self) -> None:
        self._awake.set()

    def ended(self, run: LiveRun) -> None:
        """Learn how long answers are."""
        if run.tokens:
            self._usual += _NEWEST * (len(run.tokens) - self._usual)

    async def run(self) -> None:
        """Tick for life, and rest while nobody waits."""
        while True:
            await self._awake.wait()
            self.tick()
            if not self._sessions:
                self._awake.clear()
            await asyncio.sleep(TICK_S)

    def tick(self) -> None:
        """Say something to every run that has waited for a second in silence."""
        now = self._clock()
        for runs in list(self._sessions.values()):
            for run in runs:
                if now - run.heard_at >= SILENCE_S and (event := self._word(run, runs[0], now)) is not None:
                    self._tell(run, event)

    def _word(self, run: LiveRun, first: LiveRun, now: float) -> Event | None:
        if run is not first:
            return QueuedEvent(run.stored.id, 1, self._left_s(first, now))
        if run.restarting is not None:
            run.restarting = self._comeback.event(run)
            return run.restarting
        if run.waits_for == "model":
            return model_state_event(self._model)
        if run.waits_for == "engine":
            return counted_on(run.notice, now - run.noticed_at) or QueuedEvent(run.stored.id, 0)
        return None

    def _left_s(self, run: LiveRun, now: float) -> float | None:
        """Seconds until the answer before this question will probably have ended, at the speed it has now."""
        fresh = len(run.tokens) - run.first_tokens
        if run.waits_for is not None or fresh < 2 or now <= run.first_at:
            return None
        usual = min(self._usual, run.max_tokens)
        left = min(max(usual - len(run.tokens), usual / 2), run.max_tokens - len(run.tokens))
        return round(max(left * (now - run.first_at) / fresh, LEAST_ETA_S), 1)
