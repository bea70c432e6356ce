"""What is foretold comes true where the speeds are known: the scripted engine's time is exact."""

import statistics

import pytest

from services.core.protocol.frames import Frame, Progress, Queued, Tokens
from services.model.engine.scripted import ScriptedEngine
from services.model.forecast import Job, Rules, foretell
from tests.unit.model.house import House, ask

RULES = Rules(parallel=2, max_stall_s=0.6, pool=1000, n_batch=64)


class Even:
    """A tenth of a second a step, a hundredth a prompt token."""

    def step_s(self, decoding: int, depth: float = 0) -> float:
        return 0.1 if decoding else 0.0

    def read_s(self, tokens: float, depth: float = 0) -> float:
        return tokens / 100


def foretold(active: list[Job], line: list[Job], rules: Rules = RULES) -> list[float]:
    foretell(active, line, Even(), rules)
    return [round(job.begins_s or 0.0, 2) for job in [*active, *line]]


def test_reading_alone_takes_its_tokens_and_a_step_where_the_last_one_is_read_alone() -> None:
    assert foretold([Job(200, 10, 0)], []) == [2.0]
    assert foretold([Job(200, 10, 0, last_alone=True)], []) == [2.1]


def test_two_readers_share_and_the_shorter_is_done_first() -> None:
    assert foretold([Job(100, 10, 0), Job(300, 1, 0)], [])[0] == pytest.approx(2.0)
    assert foretold([Job(100, 10, 0), Job(300, 1, 0)], [])[1] > 4.0


def test_who_waits_begins_when_somebody_is_done_and_has_read_itself() -> None:
    begins = foretold([Job(0, 20, 0), Job(0, 50, 0)], [Job(1, 5, 0), Job(1, 5, 0)])[2:]
    assert begins == pytest.approx([2.0, 2.5], abs=0.05)


def test_who_finds_no_room_waits_though_a_place_is_free() -> None:
    alone, crowded = foretold([Job(0, 50, 100)], [Job(1, 5, 100)]), foretold([Job(0, 50, 600)], [Job(1, 5, 600)])
    assert alone[1] < 1.0
    assert crowded[1] > 5.0


def test_reading_beside_an_answer_gets_its_share_of_each_step() -> None:
    beside = foretold([Job(0, 1000, 0), Job(410, 1, 0)], [])[1]
    assert beside == pytest.approx(10 * 0.51, rel=0.05)


@pytest.mark.parametrize("parallel", [1, 3])
def test_first_estimates_of_a_mixed_load_are_right_to_a_fifth(parallel: int) -> None:
    engine = ScriptedEngine(n_ctx=4096, n_batch=64, base_s=0.02, token_s=0.002)
    house = House(engine=engine, parallel=parallel, max_queue=50, max_stall_s=0.3)
    first: dict[int, tuple[float, float]] = {}
    errors: dict[int, float] = {}

    def hear(_connection: int, frame: Frame) -> None:
        now = engine.clock()
        match frame:
            case Queued(id=number, eta_s=eta) | Progress(id=number, eta_s=eta) if eta is not None:
                first.setdefault(number, (now, eta))
            case Tokens(id=number) if number not in errors:
                told_at, eta = first[number]
                errors[number] = abs(eta - (now - told_at)) / max(now - told_at, 1e-9)

    house.loop.generation._emit = hear
    house.loop.generation.teller._emit = hear
    for number in range(60):
        text = f"{number} " + "word " * (5 + 37 * number % 90)
        house.ask(ask(number, text, user=f"u{number % 4}", max_tokens=30))
        house.run(20 + 13 * number % 70)
    house.run()
    later = [errors[number] for number in range(10, 60)]
    assert statistics.median(later) < 0.2, sorted(later)
