"""Files of an account that is deleted, while others delete them too."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.core.paths import Home
from services.web.accounts.leaving import _delete_files


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    for name in ("a.md", "b/c.md", "d.md"):
        path = home.inbox / "minsu" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    return home


def first_meets(monkeypatch: pytest.MonkeyPatch, meet: Callable[[], None]) -> None:
    """Before the first file is deleted, `meet` is called."""
    real, met = os.unlink, list[str]()

    def unlink(name: Any, *, dir_fd: int | None = None) -> None:
        if not met:
            met.append(name)
            real(name, dir_fd=dir_fd)
            meet()
            return
        real(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink)


def test_one_that_vanishes_meanwhile_keeps_none_of_the_others(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def vanished() -> None:
        raise FileNotFoundError

    first_meets(monkeypatch, vanished)
    _delete_files(home, "minsu")
    assert not (home.inbox / "minsu").exists()
    _delete_files(home, "minsu")


def test_one_that_cannot_go_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise PermissionError("no")

    first_meets(monkeypatch, refused)
    with pytest.raises(PermissionError):
        _delete_files(home, "minsu")
