"""What the house notices of itself becomes a short list in words."""

from pathlib import Path

import msgspec
import pytest

from services.core.happenings import Happenings
from services.core.protocol.frames import ModelFacts, ModelPhase, ModelState
from services.web.vitals.chronicle import Chronicle, oom_kills
from services.web.vitals.life import begin, boot_id, end


class Told:
    def __init__(self, tmp_path: Path) -> None:
        self.kills = 3
        self.time = 0.0
        self.list = Happenings(tmp_path / "happenings.jsonl")
        self.chronicle = Chronicle(self.list, lambda: self.kills, lambda: self.time)

    def all(self) -> list[tuple[str, dict[str, str | int | float | None]]]:
        return [(one.kind, one.params) for one in reversed(self.list.newest())]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def model(pid: int, state: ModelPhase = "ready", reason: str = "", steps: int = 0) -> ModelState:
    return ModelState(state=state, pid=pid, started_at=float(pid), reason=reason, steps=steps)


def sized(steps: int) -> ModelState:
    facts = ModelFacts("m", "m.gguf", 1, demo=False, n_ctx=4096 >> steps, n_ctx_train=4096, n_embd=8, n_vocab=9,
                       parallel=4 >> steps, chat_template=True, embedder="", embedder_n_embd=0)  # fmt: skip
    return msgspec.structs.replace(model(10, steps=steps), facts=facts)


def test_a_model_that_comes_back_is_told_with_why_and_how_long(told: Told) -> None:
    told.chronicle.model_changed(model(10, "loading"))
    told.chronicle.model_changed(model(10))
    assert told.all() == []
    told.kills, told.time = 4, 100.0
    told.chronicle.model_changed(None)
    told.time = 104.5
    told.chronicle.model_changed(model(11, "loading"))
    told.chronicle.model_changed(None)
    told.chronicle.model_changed(model(12))
    assert told.all() == [
        ("model_restarted", {"reason": "memory", "away_s": 4.5}),
        ("model_restarted", {"reason": "unknown", "away_s": 0.0}),
    ]


def test_a_connection_that_only_broke_is_no_restart(told: Told) -> None:
    told.chronicle.model_changed(model(10))
    told.chronicle.model_changed(None)
    told.chronicle.model_changed(model(10))
    assert told.all() == []


def test_a_model_that_cannot_be_used_is_told_once_a_life(told: Told) -> None:
    for _ in range(2):
        told.chronicle.model_changed(model(10, "unavailable", "no model in models/"))
    assert told.all() == [("model_unavailable", {"reason": "no model in models/"})]


def test_a_model_that_changes_its_size_is_told_with_what_a_chat_may_be(told: Told) -> None:
    for state in (
        model(10, "loading"),
        sized(0),
        sized(1),
        sized(1),
        model(10, "loading", steps=1),
        sized(2),
        sized(1),
    ):
        told.chronicle.model_changed(state)
    assert told.all() == [
        ("model_smaller", {"context_tokens": 2048}),
        ("model_smaller", {"context_tokens": 1024}),
        ("model_larger", {"context_tokens": 2048}),
    ]


def test_another_ingest_process_and_heat(told: Told) -> None:
    for pid in (None, 5, None, 6):
        told.chronicle.ingest_seen(pid)
    for celsius in (None, 79.0, 81.4, 85.0, 76.0, 82.0, 70.0, 80.0):
        told.chronicle.temperature(celsius)
    assert told.all() == [
        ("part_restarted", {"part": "ingest"}),
        ("too_hot", {"celsius": 81}),
        ("too_hot", {"celsius": 80}),
    ]


def test_how_the_last_life_ended(told: Told, tmp_path: Path) -> None:
    life = tmp_path / "web.life"
    endings = [begin(life, "boot 1")]
    end(life, "boot 1")
    endings += [begin(life, "boot 2"), begin(life, "boot 2"), begin(life, "boot 3")]
    assert endings == ["first", "stop", "kill", "power"]
    for ending in endings:
        told.chronicle.house_started(ending)
    assert told.all() == [
        ("house_started", {"after": "first"}),
        ("house_started", {"after": "stop"}),
        ("part_restarted", {"part": "web"}),
        ("house_started", {"after": "power"}),
    ]


def test_the_kernel_is_asked_for_the_real_numbers(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("nr_free_pages 5\noom_kill 7\noom_kill_other 9\n")
    assert oom_kills(tmp_path / "vmstat") == 7
    assert oom_kills(tmp_path / "none") == 0
    assert boot_id(tmp_path / "none") == ""
    assert len(boot_id()) == 36
