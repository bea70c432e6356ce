"""Nobody who waits hears nothing for more than a second, and what is told again is counted on."""

from collections.abc import Callable
from typing import cast

from services.core.protocol.client import ModelClient
from services.core.protocol.frames import ModelState
from services.web.chat.comeback import Comeback
from services.web.chat.events import Event, ModelRestarting, ModelStateEvent, PromptProgress, QueuedEvent
from services.web.chat.live import LiveRun
from services.web.chat.waiting import Waiting, counted_on
from services.web.storage.runs import StoredRun


def live(run_id: str, **fields: object) -> LiveRun:
    stored = StoredRun(
        id=run_id, session_id=1, user_id=1, username="u", user_message_id=1, message_id=2, use_rag=False, seed=1,
        model_key=None, status="queued", attempts=0, finish_reason=None,
    )  # fmt: skip
    run = LiveRun(stored)
    for name, value in fields.items():
        setattr(run, name, value)
    return run


class Model:
    """As far as waiting looks at it."""

    def __init__(self, state: ModelState | None) -> None:
        self.state = state
        self.ready = False
        self.listeners: list[Callable[[ModelState | None], None]] = []

    def listen(self, listener: Callable[[ModelState | None], None]) -> None:
        self.listeners.append(listener)

    def become(self, state: ModelState | None) -> None:
        self.state, self.ready = state, state is not None and state.state == "ready"
        for listener in self.listeners:
            listener(state)

    def unavailable(self) -> Exception:
        error = RuntimeError("not yet")
        error.message = "not yet"  # type: ignore[attr-defined]
        return error


class Room:
    def __init__(self, *runs: LiveRun, model: ModelState | None = None) -> None:
        self.now = 100.0
        self.told: list[tuple[str, Event]] = []
        self.model = Model(model)
        client = cast(ModelClient, self.model)
        self.comeback = Comeback(client, lambda: self.now)
        self.waiting = Waiting(client, {1: list(runs)}, self.tell, self.comeback, lambda: self.now)

    def tell(self, run: LiveRun, event: Event) -> None:
        run.heard_at = self.now
        self.told.append((run.stored.id, event))

    def pass_(self, seconds: float, every: float = 0.25) -> list[Event]:
        before = len(self.told)
        for _ in range(round(seconds / every)):
            self.now += every
            self.waiting.tick()
        return [event for _, event in self.told[before:]]


def test_a_reader_hears_every_second_how_long_it_still_takes() -> None:
    notice = PromptProgress("a", 64, 900, 0, 8.0)
    told = Room(live("a", waits_for="engine", notice=notice, noticed_at=100.0, heard_at=100.0)).pass_(10)
    etas = [event.eta_s for event in told if isinstance(event, PromptProgress)]
    assert etas == [7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0]


def test_an_estimate_is_never_counted_below_a_second_nor_raised() -> None:
    assert counted_on(QueuedEvent("a", 1, 0.4), 5) == QueuedEvent("a", 1, 0.4)
    assert counted_on(QueuedEvent("a", 1, 9.0), 50) == QueuedEvent("a", 1, 1.0)
    assert counted_on(QueuedEvent("a", 1), 5) == QueuedEvent("a", 1)
    assert counted_on(None, 5) is None


def test_who_waits_for_the_model_hears_how_far_it_is() -> None:
    state = ModelState("loading", 1, 0.0, percent=40)
    told = Room(live("a", waits_for="model", heard_at=100.0), model=state).pass_(3)
    assert told == [ModelStateEvent("loading", "not yet", 40)] * 3
    assert Room(live("a", waits_for="model", heard_at=100.0)).pass_(1) == [ModelStateEvent("down", "not yet", None)]


def test_nothing_is_added_while_tokens_come_or_something_was_just_told() -> None:
    run = live("a", waits_for=None, heard_at=0.0)
    assert Room(run).pass_(5) == []
    room = Room(run := live("a", waits_for="engine", notice=QueuedEvent("a", 2, 9.0), noticed_at=100.0, heard_at=100.0))
    for _ in range(8):
        run.heard_at = room.now
        assert room.pass_(0.5) == []


def test_a_question_behind_a_running_answer_hears_when_that_will_have_ended() -> None:
    first = live("a", waits_for=None, max_tokens=100, first_at=90.0, tokens=[1] * 50)
    room = Room(first, live("b", heard_at=100.0))
    assert room.pass_(1) == [QueuedEvent("b", 1, 11.0)]  # 50 tokens in 11 seconds, and 50 are left
    first.max_tokens = 4000
    (later,) = room.pass_(1)
    assert isinstance(later, QueuedEvent)
    assert later.eta_s is not None
    assert later.eta_s > 20


def test_answers_are_expected_as_long_as_they_were_lately() -> None:
    first = live("a", waits_for=None, max_tokens=1000, first_at=100.0, tokens=[1] * 10)
    room = Room(first, live("b", heard_at=100.0))
    for _ in range(40):
        room.waiting.ended(live("x", tokens=[1] * 20))
    (told,) = room.pass_(1)
    assert told == QueuedEvent("b", 1, 1.0)


def test_who_was_cut_off_hears_how_long_the_model_will_be_away() -> None:
    run = live("a", waits_for="model", starts=1, heard_at=100.0)
    room = Room(run)
    ready = ModelState(state="ready", pid=1, started_at=1.0)
    room.now = 106.0
    room.model.become(ready)
    assert room.comeback.eta_s is None, "nobody waits"
    room.model.become(ModelState(state="loading", pid=1, started_at=1.0))
    room.now += 0.2
    room.model.become(ready)  # it only changed its size
    room.model.become(None)
    run.restarting = room.comeback.event(run)
    assert (run.restarting.attempt, run.restarting.attempts, run.restarting.eta_s) == (1, 3, 6.0)
    etas = [event.eta_s for event in room.pass_(7) if isinstance(event, ModelRestarting)]
    assert etas == [5.8, 4.8, 3.8, 2.8, 1.8, 1.0, 1.0]
    assert run.joining_events() == [run.restarting]
