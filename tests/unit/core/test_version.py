"""The name of a version that people can look up."""

import subprocess
from pathlib import Path

import pytest

from services.core.version import SHORT, VERSION, running_version


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=minsu", "-c", "user.email=minsu@home")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "ondol"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=one")
    return folder


def test_a_checkout_names_its_commit_wherever_git_keeps_it(checkout: Path) -> None:
    commit = git(checkout, "rev-parse", "HEAD")
    named = f"{VERSION}+{commit[:SHORT]}"
    assert running_version(checkout) == named
    git(checkout, "worktree", "add", "--quiet", "-b", "side", "../side")
    assert running_version(checkout.parent / "side") == named
    git(checkout, "pack-refs", "--all")
    assert running_version(checkout) == named
    assert running_version(checkout.parent / "side") == named
    git(checkout, "checkout", "--quiet", "--detach")
    assert running_version(checkout) == named


def test_what_is_no_checkout_is_named_by_its_number(tmp_path: Path) -> None:
    assert running_version(tmp_path) == VERSION
    git(tmp_path, "init", "--quiet")
    assert running_version(tmp_path) == VERSION
