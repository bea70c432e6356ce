"""When the model makes itself smaller, and larger again; what that does to answers under way."""

from pathlib import Path

import pytest

from services.core.config import Config, load_config
from services.core.errors import ModelUnavailable
from services.core.protocol.frames import Failed, Finished
from services.model.engine.scripted import ScriptedEngine
from services.model.footprint import SHRINK_AFTER_S, Footprint
from services.model.lives import SETTLED_S
from services.model.pressure import LOOK_S, Pressure, Strain
from tests.unit.model.house import House, ask

TOTAL = 8_000_000_000
ROOMY, CALM, TIGHT = (Strain(0.0, free, TOTAL) for free in (2_000_000_000, 500_000_000, 50_000_000))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(
        {"ONDOL_HOME": str(tmp_path), "ONDOL_ENGINE__CONTEXT_TOKENS": "2048", "ONDOL_ENGINE__PARALLEL": "4"}
    )


class Box:
    """A box whose memory is as told, and a model that changes its size whenever it should."""

    def __init__(self, config: Config, steps: int = 0) -> None:
        self.now = 0.0
        self.seen = ROOMY
        self.cell_bytes = 100_000
        self.pressure = Pressure(lambda: self.seen, lambda: self.now)
        self.footprint = Footprint(config, steps, lambda: self.now)

    def spend(self, seconds: float, seen: Strain, *, idle: bool = True) -> int:
        """Steps after so long a time of that."""
        self.seen, end = seen, self.now + seconds
        while self.now < end:
            self.now += LOOK_S
            self.pressure.look()
            steps = self.footprint.look(self.pressure, idle=idle, cell_bytes=self.cell_bytes)
            if steps != self.footprint.steps:
                self.footprint.settle(steps)
        return self.footprint.steps


def test_memory_that_stays_short_costs_a_step_and_then_another(config: Config) -> None:
    box = Box(config)
    assert box.spend(SHRINK_AFTER_S - LOOK_S, TIGHT) == 0
    assert box.spend(2 * LOOK_S, TIGHT) == 1
    assert box.spend(SHRINK_AFTER_S + LOOK_S, TIGHT, idle=False) == 2
    assert box.footprint.size(2) == (512, 1)
    assert box.spend(SETTLED_S, TIGHT) == 2, "no model is smaller than the engine can work with"


def test_short_of_memory_for_a_moment_costs_nothing(config: Config) -> None:
    box = Box(config)
    for _ in range(20):
        assert box.spend(SHRINK_AFTER_S - 2 * LOOK_S, TIGHT) == 0
        assert box.spend(LOOK_S, ROOMY) == 0


def test_it_grows_after_a_long_calm_with_room_while_nobody_is_answered(config: Config) -> None:
    box = Box(config, steps=2)
    assert box.spend(SETTLED_S - LOOK_S, ROOMY) == 2
    assert box.spend(SETTLED_S, ROOMY, idle=False) == 2
    assert box.spend(SETTLED_S, CALM) == 2, "there would be no room again soon"
    assert box.spend(LOOK_S, ROOMY) == 1
    assert box.spend(SETTLED_S - LOOK_S, ROOMY) == 1
    assert box.spend(2 * LOOK_S, ROOMY) == 0
    assert box.spend(2 * SETTLED_S, ROOMY) == 0


def test_it_does_not_grow_into_what_is_not_there(config: Config) -> None:
    box = Box(config, steps=1)
    box.cell_bytes = 1_200_000  # 1,024 tokens more would take all but 0.77 GB
    assert box.spend(2 * SETTLED_S, ROOMY) == 1


def test_an_answer_under_way_fails_as_if_the_process_had_died_and_goes_on_word_for_word() -> None:
    whole, house = House(), House()
    whole.ask(ask(1, "Why is the floor warm?", max_tokens=60))
    whole.run()
    house.ask(ask(1, "Why is the floor warm?", max_tokens=60))
    house.ask(ask(2, "And the roof?"), connection=2)
    house.run(20)
    said = house.tokens(1)
    assert 0 < len(said) < 60
    house.loop.resize(512, 1)
    for request, connection in ((1, 1), (2, 2)):
        assert house.one(request, Failed, connection).code == "model_unavailable"
    assert (house.engine.facts.n_ctx, house.engine.used, house.loop.idle) == (512, 0, True)
    house.ask(ask(3, "Why is the floor warm?", max_tokens=60, resume=said))
    house.run()
    assert said + house.tokens(3) == whole.tokens(1)
    assert house.loop.generation.totals.completion_tokens >= 60
    assert house.one(3, Finished).reason == "length"


def test_without_memory_for_a_larger_pool_the_old_size_goes_on() -> None:
    house = House(engine=ScriptedEngine(n_ctx=512))
    with pytest.raises(ModelUnavailable):
        house.loop.resize(1024, 4)
    assert house.engine.facts.n_ctx == 512
    house.ask(ask(1, "Still there?"))
    house.run()
    assert house.one(1, Finished).reason == "length"
