"""What idle chats may keep of the pool."""

from dataclasses import replace

import pytest

from services.core.protocol.frames import Started
from services.model.engine.scripted import ScriptedEngine
from services.model.kv.keeper import Keeper
from services.model.sequences import Sequences
from services.model.speeds import Speeds
from tests.unit.model.house import House, ask


def sequences(idle_cells: int) -> Sequences:
    engine = ScriptedEngine()
    engine.facts = replace(engine.facts, idle_cells=idle_cells)
    return Sequences(engine, engine.clock, Keeper(engine, None, Speeds(), engine.clock))


def finished(held: Sequences, chat: str, tokens: list[int]) -> None:
    place = held.place(tokens, chat, pending=0, headroom=0)
    assert place is not None
    held.grow(place.seq, tokens[place.cached :])
    held.release(place.seq)


@pytest.mark.parametrize(("idle_cells", "kept"), [(0, 3), (1000, 3), (210, 2), (150, 1), (50, 0)])
def test_idle_chats_keep_what_slows_a_step_little_the_last_used_ones_first(idle_cells: int, kept: int) -> None:
    held = sequences(idle_cells)
    held.place([8] * 50, "under way", pending=0, headroom=0)
    for number in range(3):
        finished(held, f"chat {number}", [number] * 100)
    held.place([9] * 50, "new", pending=0, headroom=0)
    assert held.resident == kept


@pytest.mark.parametrize(("idle_cells", "kept"), [(1000, 3), (210, 0)])
def test_a_run_alone_gets_a_pool_without_holes(idle_cells: int, kept: int) -> None:
    held = sequences(idle_cells)
    for number in range(3):
        finished(held, f"chat {number}", [number] * 100)
    held.place([9] * 50, "new", pending=0, headroom=0)
    assert held.resident == kept


def test_a_shared_beginning_costs_idle_chats_nothing() -> None:
    engine = ScriptedEngine()
    engine.facts = replace(engine.facts, idle_cells=150)
    house = House(engine=engine)
    for number in range(4):
        house.ask(ask(number, f"{'a shared beginning ' * 8}{number}", chat=str(number), max_tokens=3))
        house.run()
    assert house.loop.generation.sequences.resident == 4
    assert all(house.one(number, Started).cached_tokens > 140 for number in range(1, 4))
