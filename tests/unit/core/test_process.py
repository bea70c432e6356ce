"""One copy of a service, and memory as the kernel tells it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.core.errors import AlreadyRunning, Orphaned
from services.core.process import guard, lock, parent_of, rss_bytes


def test_a_second_copy_is_refused_by_pid_and_a_dead_one_leaves_no_lock(tmp_path: Path) -> None:
    held = lock(tmp_path, "web")
    with pytest.raises(AlreadyRunning) as caught:
        lock(tmp_path, "web")
    assert str(os.getpid()) in caught.value.message
    held.close()
    lock(tmp_path, "web").close()


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib; from services.core.process import lock\n"
        f"held = lock(pathlib.Path({str(tmp_path)!r}), 'model'); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning):
            lock(tmp_path, "model")
        holder.kill()
    lock(tmp_path, "model").close()


def test_memory_of_a_process() -> None:
    own = rss_bytes(os.getpid())
    assert own is not None
    assert own > 1_000_000
    assert rss_bytes(2**22 - 1) is None


def test_a_service_whose_supervisor_died_before_it_could_ask_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERVISOR_ENABLED", "1")
    (tmp_path / "supervisord.pid").write_text(f"{os.getppid()}\n")
    guard(tmp_path, "ingest").close()
    for told in (f"{2**22 - 1}\n", ""):  # a full disk leaves it empty
        (tmp_path / "supervisord.pid").write_text(told)
        with pytest.raises(Orphaned):
            guard(tmp_path, "ingest")


def test_an_orphan_that_does_not_go_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, signal, sys, time, pathlib; from services.core.process import lock\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"held = lock(pathlib.Path({str(tmp_path)!r}), 'model'); print('held', flush=True); time.sleep(60)"
    )
    monkeypatch.setattr("services.core.process.ORPHAN_S", 0.3)
    monkeypatch.setenv("SUPERVISOR_ENABLED", "1")
    with subprocess.Popen([sys.executable, "-c", code, "services.model"], stdout=subprocess.PIPE) as orphan:
        assert orphan.stdout is not None
        assert orphan.stdout.readline() == b"held\n"
        guard(tmp_path, "model").close()
        assert orphan.wait(10) == -9


def test_the_parent_of_a_process() -> None:
    assert parent_of(os.getpid()) == os.getppid()
    assert parent_of(2**22 - 1) == 0
