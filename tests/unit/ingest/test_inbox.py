import os
import unicodedata
from pathlib import Path

import pytest

from services.ingest.ignore import IgnoreList
from services.ingest.inbox import Inbox, RefusedError, is_being_written, sha256_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox" / "shared" / "sub").mkdir(parents=True)
    return tmp_path / "inbox"


def inbox(root: Path) -> Inbox:
    return Inbox(root, IgnoreList())


def test_look_finds_files_and_says_what_it_refuses(root: Path) -> None:
    (root / "shared" / "sub" / "a.txt").write_text("abc")
    (root / "stray.txt").touch()
    (root / "shared" / "link").symlink_to(root / "shared" / "sub")
    os.mkfifo(root / "shared" / "pipe")
    (root / "shared" / os.fsdecode(b"bad\xff.txt")).touch()
    look = inbox(root).look()
    assert {path: stat.size for path, stat in look.files.items()} == {"shared/sub/a.txt": 3}
    assert set(look.refused) >= {"stray.txt", "shared/link", "shared/pipe"}
    assert any("bad" in name for name in look.refused)


def test_two_forms_of_a_name_are_one_path(root: Path) -> None:
    name = "회의록.txt"
    (root / "shared" / unicodedata.normalize("NFD", name)).write_text("d")
    found = inbox(root)
    assert list(found.look().files) == [f"shared/{name}"]
    fd = found.open(f"shared/{name}")
    assert os.read(fd, 9) == b"d"
    os.close(fd)
    (root / "shared" / name).write_text("c")
    look = found.look()
    assert list(look.files) == [f"shared/{name}"]
    assert len(look.refused) == 1


def test_key_and_locate(root: Path) -> None:
    found = inbox(root)
    real = f"{found.root}/shared/" + unicodedata.normalize("NFD", "각.txt")
    Path(real).touch()
    assert found.key(real) == "shared/각.txt"
    assert found.locate("shared/각.txt") == real
    assert found.locate("shared/없음.txt") is None
    assert found.key(f"{found.root}/shared/.x") is None
    assert found.key("/etc/passwd") is None


def test_links_and_devices_are_not_opened(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    (root / "shared" / "link.txt").symlink_to(secret)
    os.mkfifo(root / "shared" / "pipe.txt")
    (root / "minsu").symlink_to(tmp_path)
    for path in ("shared/link.txt", "shared/pipe.txt", "minsu/secret", "shared/sub"):
        with pytest.raises(RefusedError):
            inbox(root).open(path)
    with pytest.raises(FileNotFoundError):
        inbox(root).open("shared/none.txt")


def test_a_file_open_for_writing_is_seen(root: Path) -> None:
    file = root / "shared" / "a.txt"
    file.write_text("abc")
    fd = inbox(root).open("shared/a.txt")
    assert not is_being_written(fd)
    with file.open("a"):
        assert is_being_written(fd)
    assert not is_being_written(fd)
    assert sha256_of(fd) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    os.close(fd)


def test_identity_tells_when_the_folder_is_another(root: Path) -> None:
    found = inbox(root)
    before = found.identity()
    root.rename(root.parent / "away")
    assert found.identity() is None
    root.mkdir()
    assert found.identity() not in (None, before)
