"""`ondol update` on a real checkout with a remote, and a real house that runs from it."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.core.happenings import Happening, read
from services.core.version import SHORT, VERSION
from services.web.storage.integrity import find_faults, schema_version
from services.web.storage.migrate import migrations
from tests.integration.setup.checkout import Checkout, git

STEPS = "services/web/storage/migrations/ondol"
NOW = len(migrations("ondol"))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A house that runs in the background; somebody has a chat there."""
    box = Checkout(tmp_path_factory.mktemp("update"))
    started = box.ondol("start")
    assert started.returncode == 0, started.stderr
    with httpx.Client(base_url=f"http://127.0.0.1:{box.port}") as minsu:
        minsu.post("/api/auth/login/", json={"username": "minsu"})
        assert minsu.post("/api/sessions/", json={"title": "난방비"}).status_code == 201
    yield box
    box.ondol("stop")


def titles(box: Checkout) -> list[str]:
    with httpx.Client(base_url=f"http://127.0.0.1:{box.port}") as minsu:
        minsu.post("/api/auth/login/", json={"username": "minsu"})
        return [chat["title"] for chat in minsu.get("/api/sessions/").json()]


def told(box: Checkout) -> list[Happening]:
    return [one for one in read(box.home / "logs" / "happenings.jsonl") if one.kind.startswith("update")]


def named(commit: str) -> str:
    return f"{VERSION}+{commit[:SHORT]}"


def is_tidy(box: Checkout) -> bool:
    left = [name for name in ("next", "before", "update") if (box.root / ".cache" / name).exists()]
    return (
        not left
        and len(git(box.root, "worktree", "list").splitlines()) == 1
        and not git(box.root, "status", "-s", "-uno")
    )


def test_a_good_version_comes_in_with_its_data(box: Checkout) -> None:
    before, web = box.head(), box.service("web")
    new = box.publish(f"{STEPS}/{NOW + 1:04}_later.sql", "CREATE TABLE later (a);")
    done = box.ondol("update")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"updated to {named(new)}" in done.stdout
    assert box.head() == new
    assert box.service("web") != web
    assert schema_version(box.home / "db" / "ondol.db") == NOW + 1
    assert titles(box) == ["난방비"]
    assert [(one.kind, one.params) for one in told(box)] == [
        ("updated", {"before": named(before), "after": named(new)})
    ]
    assert len(list((box.home / "backups").glob("*.zip"))) == 1
    assert is_tidy(box)
    again = box.ondol("update")
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, f"Nothing is newer: this is {named(new)}.")


def test_a_version_that_cannot_take_the_data_is_left_alone(box: Checkout) -> None:
    before, web = box.head(), box.service("web")
    box.publish(f"{STEPS}/{NOW + 2:04}_broken.sql", "SELECT no_such_thing();")
    refused = box.ondol("update")
    box.withdraw()
    assert refused.returncode == 1
    assert "no_such_thing" in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert (box.head(), box.service("web")) == (before, web)
    assert box.get("/healthz").status_code == 200
    assert is_tidy(box)


def test_a_version_that_does_not_start_is_undone_with_its_data(box: Checkout) -> None:
    before, count = box.head(), len(told(box))
    (box.author / STEPS / f"{NOW + 2:04}_more.sql").write_text("CREATE TABLE more (a);")
    serving = (box.author / "services/web/serving.py").read_text()
    bad = box.publish(
        "services/web/serving.py", serving + "\n\nasync def serve_until(*_: object) -> None:\n    1 / 0\n"
    )
    undone = box.ondol("update")
    box.withdraw()
    assert undone.returncode == 1, undone.stdout + undone.stderr
    assert f"Ondol is {named(before)} as before" in undone.stderr
    assert "ZeroDivisionError" in undone.stderr
    assert box.head() == before
    assert schema_version(box.home / "db" / "ondol.db") == NOW + 1
    assert find_faults(box.home / "db" / "ondol.db", thorough=True) == []
    assert titles(box) == ["난방비"]
    kinds = [(one.kind, one.params) for one in told(box)[count:]]
    versions = {"before": named(before), "after": named(bad)}
    assert kinds == [("updated", versions), ("update_undone", versions)]
    assert is_tidy(box)


def test_an_update_that_was_killed_goes_on(box: Checkout) -> None:
    page = box.author / "services/web/waitingroom/page.py"
    new = box.publish("services/web/waitingroom/page.py", page.read_text() + "# warm\n")
    box.interrupt_update()
    assert (box.root / ".cache" / "update").exists()
    assert box.get("/healthz").status_code == 200
    done = box.ondol("update")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "going on" in done.stdout
    assert box.head() == new
    assert told(box)[-1].params["after"] == named(new)
    assert is_tidy(box)


@pytest.mark.parametrize(("reference", "why"), [("v99", "no such version: v99"), ("strange", "has commits of its own")])
def test_what_is_no_newer_version_is_refused(box: Checkout, reference: str, why: str) -> None:
    if reference == "strange":
        strange = git(box.author, "commit-tree", "-m", "strange", "HEAD^{tree}")
        git(box.author, "push", "--quiet", "--force", "origin", f"{strange}:refs/heads/strange")
    refused = box.ondol("update", reference)
    assert refused.returncode == 1
    assert why in refused.stderr


def test_changed_files_another_update_and_what_is_no_checkout_are_refused(box: Checkout, tmp_path: Path) -> None:
    file = box.root / "config" / "ondol.toml"
    file.write_text(file.read_text() + "# mine\n")
    changed = box.ondol("update")
    git(box.root, "checkout", "--quiet", "config/ondol.toml")
    assert changed.returncode == 1
    assert "were changed" in changed.stderr
    assert "config/ondol.toml" in changed.stderr
    with (box.root / ".cache" / "update.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = box.ondol("update")
    assert second.returncode == 1
    assert "another update" in second.stderr
    (box.root / ".git").rename(tmp_path / "git")
    try:
        image = box.ondol("update")
    finally:
        (tmp_path / "git").rename(box.root / ".git")
    assert image.returncode == 1
    assert "no git checkout" in image.stderr
    assert "new image" in image.stderr
