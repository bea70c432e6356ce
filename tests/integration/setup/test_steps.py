"""The engine of the set-up: stamps, explanations, interruption. Real bash, real processes."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.setup.box import ROOT, Box

ENSURE = "steps_of() { echo one two; }\nensure any"
STEP = """
    title() {{ echo "doing {name}"; }}
    inputs() {{ cat "$ROOT/{name}.in"; }}
    outputs() {{ echo "$ROOT/{name}.out"; }}
    work() {{ logged {name} bash -c 'cat "$ROOT/{name}.in" && touch "$ROOT/{name}.out"'; }}
"""


@pytest.fixture
def two(box: Box) -> Box:
    for name in ("one", "two"):
        box.step(name, STEP.format(name=name))
        (box.root / f"{name}.in").write_text("first")
    return box


def test_what_is_done_is_not_done_again(two: Box) -> None:
    first = two.run(ENSURE)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == ["ondol: doing one", "ondol: doing two"]
    assert two.run(ENSURE).stdout == ""


def test_only_the_step_whose_input_changed_is_done_again(two: Box) -> None:
    two.run(ENSURE)
    (two.root / "two.in").write_text("second")
    assert two.run(ENSURE).stdout.splitlines() == ["ondol: doing two"]


def test_a_step_whose_output_is_gone_is_done_again(two: Box) -> None:
    two.run(ENSURE)
    (two.root / "one.out").unlink()
    assert two.run(ENSURE).stdout.splitlines() == ["ondol: doing one"]


def test_a_failure_stops_there_and_the_next_run_goes_on_from_it(two: Box) -> None:
    (two.root / "two.in").unlink()
    failed = two.run(ENSURE)
    assert failed.returncode == 1
    assert "two failed" in failed.stderr
    assert "two.in: No such file" in failed.stderr
    (two.root / "two.in").write_text("here")
    again = two.run(ENSURE)
    assert (again.returncode, again.stdout.splitlines()) == (0, ["ondol: doing two"])


@pytest.mark.parametrize(
    ("output", "status", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", 1, "the disk is full"),
        ("npm ERR! code ENOSPC", 1, "the disk is full"),
        ("Temporary failure in name resolution", 1, "the network did not answer"),
        ("npm error code ENOTFOUND", 1, "the network did not answer"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", 1, "not the file that the lock names"),
        ("c++: fatal error: Killed signal terminated program cc1plus", 1, "memory ran out"),
        ("", 137, "memory ran out"),
        ("error: [Errno 13] Permission denied: '.venv'", 1, "belongs to another user"),
    ],
)
def test_a_failure_says_what_failed_why_and_what_to_do(box: Box, output: str, status: int, advice: str) -> None:
    failed = box.run(f'logged thing bash -c \'echo early; echo "$0"; exit {status}\' "{output}"; echo never')
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert f"thing failed (exit {status})" in failed.stderr
    assert output in failed.stderr
    assert advice in failed.stderr.partition("What to do: ")[2]
    assert str(box.root / ".cache" / "logs" / "thing.log") in failed.stderr


def test_a_long_command_shows_that_it_moves(box: Box) -> None:
    shown = box.run("SECONDS=0; logged slow bash -c 'echo compiling ggml.c; sleep 11'")
    assert shown.stdout.split() == ["10", "s", "compiling", "ggml.c"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_ends_the_command_and_its_children(box: Box, tmp_path: Path, how: signal.Signals) -> None:
    pids = tmp_path / "pids"
    stubborn = f'trap "" TERM INT; sleep 300 & echo $$ $! > {pids}; wait'
    process = subprocess.Popen(
        box.command(f"logged slow bash -c '{stubborn}'"),
        env=box.environment(),
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 10
    while not (pids.exists() and len(pids.read_text().split()) == 2) and time.monotonic() < deadline:
        time.sleep(0.02)
    begun = time.monotonic()
    process.send_signal(how)
    _, told = process.communicate(timeout=10)
    assert time.monotonic() - begun < 5
    assert process.returncode == 130
    assert "interrupted; run the same command again to go on" in told
    for pid in pids.read_text().split():
        assert not is_alive(int(pid)), f"{pid} still runs"


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_two_set_ups_at_once_do_the_work_once(two: Box) -> None:
    two.step("one", STEP.format(name="one").replace("bash -c '", "bash -c 'sleep 1; "))
    runs = [
        subprocess.Popen(two.command(ENSURE), env=two.environment(), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = sorted(run.communicate(timeout=30)[0].splitlines() for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert sorted(line for lines in told for line in lines) == [
        "ondol: another set-up is at work in this folder, waiting for it",
        "ondol: doing one",
        "ondol: doing two",
    ]


def test_with_everything_done_the_set_up_takes_next_to_no_time() -> None:
    took = []
    for _ in range(3):
        begun = time.monotonic()
        subprocess.run([ROOT / "scripts" / "setup.sh", "test"], check=True, timeout=600, env=dict(os.environ))
        took.append(time.monotonic() - begun)
    assert min(took) < 0.5, took
