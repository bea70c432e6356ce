"""When memory counts as short, and what is given up then."""

from pathlib import Path

from services.model.kv.blocks import blocks_of
from services.model.kv.store import KvStore, Limits
from services.model.pressure import Pressure, Strain, is_tight, strain

CALM = Strain(0.0, 500, 1000)


def test_tight_by_stalls_or_by_what_is_left_and_calm_only_when_both_are() -> None:
    assert not is_tight(CALM, before=False)
    assert is_tight(Strain(11.0, 500, 1000), before=False)
    assert is_tight(Strain(0.0, 19, 1000), before=False)
    assert not is_tight(Strain(5.0, 40, 1000), before=False)
    assert is_tight(Strain(5.0, 500, 1000), before=True)
    assert is_tight(Strain(0.0, 40, 1000), before=True)
    assert not is_tight(CALM, before=True)


def test_it_is_read_every_two_seconds_and_told_when_it_changes() -> None:
    now, seen = [0.0], [CALM]
    pressure = Pressure(lambda: seen[0], lambda: now[0])
    assert not pressure.look()
    seen[0] = Strain(50.0, 10, 1000)
    assert not pressure.look()
    now[0] = 2.0
    assert pressure.look()
    assert (pressure.tight, pressure.free_bytes) == (True, 10)
    now[0], seen[0] = 4.0, CALM
    assert pressure.look()
    assert not pressure.tight


def test_the_own_groups_stalls_come_before_the_machines(tmp_path: Path) -> None:
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "pressure").mkdir(parents=True)
    (proc / "self").mkdir()
    (proc / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 400 kB\n")
    assert strain(proc, cgroup) == Strain(0.0, 409_600, 1_024_000)
    (proc / "pressure" / "memory").write_text("some avg10=3.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=1.00\n")
    assert strain(proc, cgroup).stalled_percent == 3.5
    (proc / "self" / "cgroup").write_text("0::/ondol\n")
    (cgroup / "ondol").mkdir(parents=True)
    (cgroup / "ondol" / "memory.pressure").write_text("some avg10=22.00 avg60=0.00 avg300=0.00 total=1\n")
    assert strain(proc, cgroup).stalled_percent == 22.0


def test_what_waits_in_memory_to_be_written_is_dropped_and_nothing_more_taken(tmp_path: Path) -> None:
    store = KvStore(tmp_path, "model", Limits(disk=1_000_000))
    [block] = blocks_of(store.root, list(range(128)))
    store.add(block, b"keys and values")
    assert store.walk(list(range(128)))
    store.tighten(True)
    assert store.busy
    assert store.walk(list(range(128))) == []
    assert store.wait_for_room(0.0), "a stop waits for nothing"
    store.tighten(False)
    assert not store.busy
