"""Moving an inbox aside and a restored one into its place, between two real disks, cut off anywhere."""

import errno
import filecmp
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest

from services.web.safety import moving
from services.web.safety.archive import write_backup
from services.web.safety.moving import move_contents
from services.web.safety.packing import Unreadable, pieces
from services.web.safety.restoring import confirm, put_in_place, stage
from tests.unit.web.safety.house import contents, furnished

STEPS = ("rename", "replace", "unlink", "rmdir", "mkdir", "symlink", "fsync")


class PowerCut(BaseException):
    """Nobody catches it by accident."""


class Cutter:
    """Every call that changes a disk is a step; step `at` is not taken, and a copy that is cut off there is half."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int) -> None:
        self.steps = 0
        self._at = at
        for name in STEPS:
            patch.setattr(os, name, self._counted(getattr(os, name)))
        patch.setattr(moving, "pieces", self._half)

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **more: Any) -> Any:
            self._count()
            return real(*args, **more)

        return step

    def _count(self) -> None:
        self.steps += 1
        if self.steps >= self._at:
            raise PowerCut

    def _half(self, reader: IO[bytes], _: Path) -> Iterator[bytes]:
        data = reader.read()
        yield data[: len(data) // 2]
        self._count()
        yield data[len(data) // 2 :]


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        assert os.stat(folder).st_dev != tmp_path.stat().st_dev
        yield Path(folder)


def tree(folder: Path) -> dict[str, object]:
    """Path → its bytes and time, where a link leads, or None for a folder."""
    return {
        str(path.relative_to(folder)): path.readlink()
        if path.is_symlink()
        else (path.read_bytes(), path.stat().st_mtime_ns)
        if path.is_file()
        else None
        for path in folder.rglob("*")
    }


def furnish(folder: Path) -> dict[str, object]:
    for name in ("minsu/bills/gas.md", "minsu/lease.pdf", "shared/rules.md", "top.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 3000)
        os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    (folder / "empty").mkdir()
    (folder / "shared" / "link.md").symlink_to("rules.md")
    return tree(folder)


@pytest.mark.parametrize("across", [True, False])
def test_cut_off_at_every_step_nothing_is_lost_and_it_goes_on(tmp_path: Path, other_disk: Path, across: bool) -> None:
    at, cut = 0, True
    while cut:
        at += 1
        source, target = tmp_path / f"source{at}", (other_disk if across else tmp_path) / f"target{at}"
        source.mkdir()
        said = furnish(source)
        with pytest.MonkeyPatch.context() as patch:
            Cutter(patch, at)
            try:
                move_contents(source, target)
                cut = False
            except PowerCut:
                pass
        both = tree(source) | (tree(target) if target.exists() else {})
        assert {name for name, what in said.items() if what is not None} <= both.keys()
        move_contents(source, target)
        assert tree(target) == said
        assert tree(source) == {}
    assert at > (20 if across else 5)


@pytest.mark.parametrize("across", [True, False])
def test_what_somebody_else_put_there_stays(tmp_path: Path, other_disk: Path, across: bool) -> None:
    source, target = tmp_path / "source", (other_disk if across else tmp_path) / "target"
    source.mkdir()
    furnish(source)
    (target / "shared").mkdir(parents=True)
    (target / "shared" / "rules.md").write_text("mine")
    (target / "shared" / "photo.jpg").write_text("mine too")
    (target / "minsu").write_text("a file where a folder comes")
    move_contents(source, target)
    assert (target / "shared" / "rules.md").read_text() == "mine"
    assert (target / "shared" / "photo.jpg").read_text() == "mine too"
    assert (target / "minsu").read_text() == "a file where a folder comes"
    assert (target / "shared" / "rules (2).md").read_bytes() == b"shared/rules.md" * 3000
    assert (target / "minsu (2)" / "bills" / "gas.md").exists()
    assert tree(source) == {}


def test_what_a_worn_card_does_not_give_stays_and_holds_nothing_up(
    tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    said = furnish(source)

    def worn(reader: IO[bytes], path: Path) -> Iterator[bytes]:
        if path.name == "gas.md":
            yield b"x"
            raise Unreadable(errno.EIO, os.strerror(errno.EIO), str(path))
        yield from pieces(reader, path)

    monkeypatch.setattr(moving, "pieces", worn)
    move_contents(source, other_disk / "target")
    there, here = tree(other_disk / "target"), tree(source)
    assert here == {name: what for name, what in said.items() if name in ("minsu", "minsu/bills", "minsu/bills/gas.md")}
    assert there == {name: what for name, what in said.items() if name != "minsu/bills/gas.md"}


@pytest.mark.parametrize("across", [True, False])
def test_what_is_there_and_cannot_be_read_gets_another_beside_it(
    tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch, across: bool
) -> None:
    source, target = tmp_path / "source", (other_disk if across else tmp_path) / "target"
    for folder in (source, target):
        folder.mkdir()
        (folder / "lease.pdf").write_bytes(b"the same")

    def worn(one: Path, other: Path, shallow: bool) -> bool:
        assert not shallow
        assert other == target / "lease.pdf"
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(other))

    monkeypatch.setattr(filecmp, "cmp", worn)
    move_contents(source, target)
    assert sorted(tree(target)) == ["lease (2).pdf", "lease.pdf"]
    assert tree(source) == {}


@pytest.mark.parametrize("at", [*range(1, 120, 7)])
def test_a_restore_into_an_inbox_on_another_disk_is_cut_off(tmp_path: Path, other_disk: Path, at: int) -> None:
    home = furnished(tmp_path / "home").home
    home.inbox.rename(tmp_path / "inbox")
    home.inbox.symlink_to(other_disk / "inbox")
    shutil.copytree(tmp_path / "inbox", other_disk / "inbox")
    said, documents = contents(home.ondol_db), tree(home.inbox)
    write_backup(home, tmp_path / "b.zip", documents=True)
    (home.inbox / "shared" / "later.md").write_text("later")
    stage(tmp_path / "b.zip", home.restore_part)
    confirm(home.restore_part, home)
    with pytest.MonkeyPatch.context() as patch:
        Cutter(patch, at)
        with suppress(PowerCut):
            put_in_place(home)
    (home.inbox / "shared").mkdir(exist_ok=True)
    (home.inbox / "shared" / "dropped.md").write_text("meanwhile")
    put_in_place(home)
    assert contents(home.ondol_db) == said
    assert documents.items() <= tree(home.inbox).items()
    dropped = [*home.inbox.rglob("dropped.md"), *home.before_restore.rglob("dropped.md")]
    assert [path.read_text() for path in dropped] == ["meanwhile"]
    assert len(list(home.before_restore.rglob("later.md"))) == 1
