"""A stuck step ends the process; a long one can be given up."""

from services.model.engine.scripted import ScriptedClock
from services.model.watchdog import EXIT_STUCK, LONG_STEP_S, Watchdog


def _watchdog() -> tuple[Watchdog, ScriptedClock, list[str]]:
    clock, events = ScriptedClock(), list[str]()
    watchdog = Watchdog(10.0, clock=clock, exit_process=lambda code: events.append(f"exit {code}"))
    watchdog.interrupt = lambda: events.append("interrupt")
    return watchdog, clock, events


def test_a_step_over_its_time_ends_the_process() -> None:
    watchdog, clock, events = _watchdog()
    watchdog.begin()
    clock.advance(10.0)
    watchdog.look()
    assert events == []
    clock.advance(0.1)
    watchdog.look()
    assert events == [f"exit {EXIT_STUCK}"]


def test_time_between_steps_does_not_count() -> None:
    watchdog, clock, events = _watchdog()
    watchdog.begin()
    watchdog.end()
    clock.advance(1000.0)
    watchdog.look()
    assert events == []


def test_an_abort_cuts_a_long_step_once_and_lets_a_short_one_end() -> None:
    watchdog, clock, events = _watchdog()
    watchdog.begin()
    watchdog.want_abort()
    watchdog.look()
    assert events == []
    clock.advance(LONG_STEP_S + 0.1)
    watchdog.look()
    watchdog.look()
    assert events == ["interrupt"]


def test_an_abort_between_steps_does_not_cut_the_next_one() -> None:
    watchdog, clock, events = _watchdog()
    watchdog.want_abort()
    watchdog.begin()
    watchdog.end()
    watchdog.begin()
    clock.advance(LONG_STEP_S + 1)
    watchdog.look()
    assert events == []
