"""Why a life of the model process ended, and what the next one makes of it."""

import os
from pathlib import Path

import pytest

from services.core.config import load_config
from services.core.free_memory import oom_kills
from services.core.protocol.frames import Death
from services.model.lives import Evidence, Life, Lives, Note, next_life, smaller

NOTE = Note(pid=7, boot="a", oom_kills=3, deaths=0, steps=0, ready_s=1000.0)
CALM = Evidence(boot="a", oom_kills=3, stuck=None, fault=False)


@pytest.mark.parametrize(
    ("seen", "died"),
    [
        (CALM, "unknown"),
        (Evidence("b", 0, None, False), "power"),
        (Evidence("a", 4, None, False), "out_of_memory"),
        (Evidence("a", 3, 7, False), "stuck"),
        (Evidence("a", 3, 6, True), "native_fault"),
    ],
)
def test_the_cause_is_what_the_machine_shows(seen: Evidence, died: Death) -> None:
    assert next_life(NOTE, seen, 1010.0).died == died


def test_a_stop_is_no_death() -> None:
    assert next_life(None, CALM, 1010.0) == Life(None, 0, 0)


def test_a_house_that_was_ended_whole_says_nothing_of_the_model() -> None:
    note = Note(7, "a", 3, deaths=2, steps=1, ready_s=1000.0, supervisor="20:400")
    elsewhere = Evidence("a", 3, None, False, supervisor="31:900")
    assert next_life(note, elsewhere, 1010.0) == Life(None, 2, 1)
    assert next_life(note, Evidence("a", 4, None, False, "31:900"), 1010.0) == Life("out_of_memory", 3, 2)
    assert next_life(note, Evidence("a", 3, None, True, "31:900"), 1010.0) == Life("native_fault", 3, 1)
    assert next_life(note, Evidence("a", 3, None, False, "20:400"), 1010.0) == Life("unknown", 3, 1)


def test_deaths_in_a_row_wait_longer_and_longer_and_a_calm_life_ends_the_row() -> None:
    waits, note = [], NOTE
    for _ in range(9):
        life = next_life(note, CALM, 1010.0)
        waits.append(life.wait_s(10.0))
        note = Note(7, "a", 3, life.deaths, life.steps)
    assert waits == [0, 0, 10, 20, 40, 80, 160, 300, 300]
    assert next_life(Note(7, "a", 3, 9, 0, ready_s=1000.0), CALM, 1200.0).deaths == 1
    assert Life("unknown", 9).wait_s(0.0) == 0


def test_out_of_memory_makes_the_next_life_smaller_and_an_hour_of_calm_larger() -> None:
    starved = Evidence("a", 4, None, False)
    first = next_life(NOTE, starved, 1010.0)
    second = next_life(Note(7, "a", 3, 1, first.steps), starved, 1020.0)
    assert (first.steps, second.steps) == (1, 2)
    assert next_life(Note(7, "a", 3, 1, 3), starved, 1030.0).steps == 3
    assert next_life(Note(7, "a", 3, 1, 2, ready_s=1000.0), CALM, 1100.0).steps == 2
    assert next_life(Note(7, "a", 3, 1, 2, ready_s=1000.0), CALM, 4700.0).steps == 1


def test_smaller_is_half_of_context_and_parallel_and_never_nothing(tmp_path: Path) -> None:
    config = load_config(
        {"ONDOL_HOME": str(tmp_path), "ONDOL_ENGINE__CONTEXT_TOKENS": "4096", "ONDOL_ENGINE__PARALLEL": "4"}
    )
    sizes = [(c.engine.context_tokens, c.engine.parallel) for c in (smaller(config, steps) for steps in range(4))]
    assert sizes == [(4096, 4), (2048, 2), (1024, 1), (512, 1)]


def test_the_note_outlives_a_death_and_goes_with_a_stop(tmp_path: Path) -> None:
    assert Lives(tmp_path).begin(1000.0) == Life()
    again = Lives(tmp_path)
    assert again.begin(1001.0) == Life("unknown", 1, 0)
    again.ready(1002.0)
    again.stuck()
    third = Lives(tmp_path)
    assert third.begin(1003.0) == Life("stuck", 2, 0)
    third.end()
    assert Lives(tmp_path).begin(1004.0) == Life()


def test_a_native_abort_leaves_a_trace(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        lives = Lives(tmp_path)
        lives.begin(1000.0)
        lives.trace()
        os.abort()
    os.waitpid(child, 0)
    assert Lives(tmp_path).begin(1001.0).died == "native_fault"


def test_the_kernels_count_of_the_own_group_comes_before_the_machines(tmp_path: Path) -> None:
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "vmstat").write_text("pgfault 5\noom_kill 9\n")
    assert oom_kills(proc, cgroup) == 9
    (proc / "self" / "cgroup").write_text("0::/ondol\n")
    (cgroup / "ondol").mkdir(parents=True)
    (cgroup / "ondol" / "memory.events").write_text("low 0\nhigh 0\nmax 8\noom 2\noom_kill 2\n")
    assert oom_kills(proc, cgroup) == 2
    (proc / "self" / "cgroup").write_text("4:memory:/box\n")
    (cgroup / "memory" / "box").mkdir(parents=True)
    (cgroup / "memory" / "box" / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
    assert oom_kills(proc, cgroup) == 1
