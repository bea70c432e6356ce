"""Free memory where a control group is narrower than the machine: v1, v2, nested, and none."""

from pathlib import Path

import pytest

from services.core.free_memory import free_memory

GB = 1_000_000_000


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    kib = 8 * GB // 1024
    text = f"MemTotal:       {kib} kB\nMemFree: 1 kB\nMemAvailable:   {kib // 2} kB\n"
    (tmp_path / "proc" / "meminfo").write_text(text)
    return tmp_path / "proc"


def group(proc: Path, text: str) -> None:
    (proc / "self" / "cgroup").write_text(text)


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_without_a_group_the_machine_counts(proc: Path, tmp_path: Path) -> None:
    found = free_memory(proc, tmp_path / "cgroup")
    assert found.limited_by == "machine"
    assert found.free_bytes == pytest.approx(4 * GB, abs=2048)
    assert found.total_bytes == pytest.approx(8 * GB, abs=2048)


def test_a_v2_limit_counts_what_is_used_but_not_what_can_be_dropped(proc: Path, tmp_path: Path) -> None:
    group(proc, "0::/box\n")
    stat = f"anon 5\ninactive_file {GB}\n"
    write(tmp_path / "cg" / "box", memory__max=f"{3 * GB}\n", memory__current=f"{2 * GB}\n", memory__stat=stat)
    found = free_memory(proc, tmp_path / "cg")
    assert (found.free_bytes, found.total_bytes, found.limited_by) == (2 * GB, 3 * GB, "control group")


def test_the_narrowest_of_nested_groups_counts(proc: Path, tmp_path: Path) -> None:
    group(proc, "0::/outer/inner\n")
    write(tmp_path / "cg" / "outer", memory__max=f"{GB}\n", memory__current="0\n")
    write(tmp_path / "cg" / "outer" / "inner", memory__max="max\n", memory__current="0\n")
    assert free_memory(proc, tmp_path / "cg").free_bytes == GB


def test_a_v1_limit_counts_and_its_unlimited_value_does_not(proc: Path, tmp_path: Path) -> None:
    group(proc, "9:name=systemd:/\n4:memory:/box\n0::/\n")
    stat = f"inactive_file 1\ntotal_inactive_file {GB // 2}\n"
    folder = tmp_path / "cg" / "memory"
    write(folder, memory__limit_in_bytes="9223372036854771712\n", memory__usage_in_bytes=f"{GB}\n")
    write(folder / "box", memory__limit_in_bytes=f"{2 * GB}\n", memory__usage_in_bytes=f"{GB}\n", memory__stat=stat)
    assert free_memory(proc, tmp_path / "cg").free_bytes == GB + GB // 2


def test_inside_a_container_the_mounted_root_is_the_group(proc: Path, tmp_path: Path) -> None:
    """The path of /proc/self/cgroup is the host's; the container sees its own group at the root."""
    group(proc, "4:memory:/docker/0123abcd\n")
    root = tmp_path / "cg" / "memory"
    write(root, memory__limit_in_bytes=f"{GB}\n", memory__usage_in_bytes="0\n")
    assert free_memory(proc, tmp_path / "cg").free_bytes == GB


def test_a_group_over_its_limit_has_nothing_left(proc: Path, tmp_path: Path) -> None:
    group(proc, "0::/box\n")
    write(tmp_path / "cg" / "box", memory__max=f"{GB}\n", memory__current=f"{2 * GB}\n", memory__stat="nonsense\n")
    assert free_memory(proc, tmp_path / "cg").free_bytes == 0


def test_this_machine_has_memory() -> None:
    found = free_memory()
    assert 0 < found.free_bytes <= found.total_bytes
