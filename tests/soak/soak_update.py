"""`ondol update` killed at random moments, on its way to a good version and to one that does not start."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.web.storage.integrity import find_faults
from tests.integration.setup.checkout import Checkout, git

ROUNDS = 12
LONGEST_S = 9.0
SERVING = "services/web/serving.py"
STEPS = "services/web/storage/migrations/ondol"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Checkout]:
    box = Checkout(tmp_path)
    assert box.ondol("start").returncode == 0
    yield box
    box.ondol("stop")


def kill_update(box: Checkout, after_s: float, *, whole: bool) -> str:
    """Run it for so long, then SIGKILL: the script alone, or all it has started. How far it was."""
    log = box.home / "update.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [box.root / "scripts" / "ondol", "update"],
            env=box.environment(),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        time.sleep(after_s)
        if process.poll() is None:
            (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
    return (log.read_text().splitlines() or ["nothing yet"])[-1]


def titles(box: Checkout) -> list[str]:
    with httpx.Client(base_url=f"http://127.0.0.1:{box.port}", timeout=20) as minsu:
        minsu.post("/api/auth/login/", json={"username": "minsu"})
        return sorted(chat["title"] for chat in minsu.get("/api/sessions/").json())


def write(box: Checkout, title: str) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{box.port}", timeout=20) as minsu:
        minsu.post("/api/auth/login/", json={"username": "minsu"})
        assert minsu.post("/api/sessions/", json={"title": title}).status_code == 201


def finished(box: Checkout) -> subprocess.CompletedProcess[str]:
    """The same command to its end; what a killed one has left running is waited for."""
    deadline = time.monotonic() + 60
    while True:
        done = box.ondol("update")
        if "another update" not in done.stderr or time.monotonic() > deadline:
            return done
        time.sleep(0.5)


def test_an_update_that_is_killed_anywhere_leaves_a_house_that_starts(box: Checkout) -> None:
    """No word is lost, and the same command goes on."""
    seed = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
    print(f"\nSOAK_SEED={seed}")  # noqa: T201
    dice, good = random.Random(seed), (box.author / SERVING).read_text()
    steps, said = len(list((box.author / STEPS).glob("*.sql"))), []
    for round_ in range(ROUNDS):
        bad = round_ % 3 == 2
        said.append(f"chat {round_}")
        write(box, said[-1])
        before = box.head()
        (box.author / STEPS / f"{steps + 1:04}_step.sql").write_text(f"CREATE TABLE step_{round_} (a);")
        broken = "\n\nasync def serve_until(*_: object) -> None:\n    1 / 0\n" if bad else ""
        new = box.publish(SERVING, f"{good}\n# round {round_}\n{broken}")
        after_s, whole = dice.uniform(0.1, LONGEST_S * (2 if bad else 1)), dice.random() < 0.7
        where = kill_update(box, after_s, whole=whole)
        stopped = dice.random() < 0.3
        if stopped and not bad:
            box.ondol("stop")
            assert box.ondol("start").returncode == 0, (round_, where)
        done = finished(box)
        print(f"round {round_}: killed after {after_s:.1f} s at {where!r}; then exit {done.returncode}")  # noqa: T201
        if bad:
            box.withdraw()
            assert box.head() == before, (where, done.stdout, done.stderr)
        else:
            assert (done.returncode, box.head()) == (0, new), (where, done.stdout, done.stderr)
            steps += 1
        assert titles(box) == sorted(said), (where, done.stdout, done.stderr)
        assert not (box.root / ".cache" / "update").exists()
        assert git(box.root, "status", "-s", "-uno") == ""
    box.ondol("stop")
    assert find_faults(box.home / "db" / "ondol.db", thorough=True) == []
