"""Downloads against a hub on loopback that breaks off, lies, refuses or is not there."""

import errno
import fcntl
import hashlib
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from services.core.catalogue import CatalogueModel
from services.core.errors import Conflict, DiskError, DiskFull
from services.core.paths import PROJECT_ROOT
from services.model import download
from services.model.hub import HEADROOM_BYTES, ChecksumMismatch, Hub, HubRefused, HubUnreachable
from tests.integration.setup.hub import SmallHub
from tests.refusing import FLUSHED, failing

# The hub's client hands on what it got in pieces of 10 MiB: a file of more than two shows what is kept.
PIECE = 10 * 1024 * 1024
CONTENT = random.Random(2).randbytes(2 * PIECE + 3_000_000)
MODEL = CatalogueModel(
    name="tiny",
    title="Tiny",
    repo="someone/tiny-GGUF",
    file="tiny.gguf",
    revision="main",
    size_bytes=len(CONTENT),
    license="MIT",
    license_url="https://example.org/license",
    languages=["en"],
    min_memory_bytes=1,
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


def plenty(_: Path) -> int:
    return 10**12


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_download_lands_under_its_name_and_leaves_nothing_else(tmp_path: Path) -> None:
    with SmallHub(CONTENT) as hub:
        target = Hub(hub.endpoint, "").download(MODEL, tmp_path)
        assert target.read_bytes() == CONTENT
        assert names(tmp_path) == ["tiny.gguf"]
        assert hub.seen[0].path == "/someone/tiny-GGUF/resolve/main/tiny.gguf"
        assert all(request.authorization == "" for request in hub.seen)
        hub.seen.clear()
        assert Hub(hub.endpoint, "").download(MODEL, tmp_path) == target
        assert hub.seen == [], "what is there is not asked for again"


def test_a_cut_half_way_is_resumed_from_where_it_stopped(tmp_path: Path) -> None:
    with SmallHub(CONTENT, cuts=[PIECE + 5_000_000, PIECE + 5]) as hub:
        target = Hub(hub.endpoint, "").download(MODEL, tmp_path)
        assert target.read_bytes() == CONTENT
        assert hub.ranges == ["", f"bytes={PIECE}-", f"bytes={2 * PIECE}-"]


def test_a_killed_download_is_resumed_by_the_next_one(tmp_path: Path) -> None:
    """The process dies by SIGKILL while the hub is silent; nothing it had is lost."""
    script = (
        "import msgspec, sys; from pathlib import Path; from services.model.hub import Hub\n"
        "from services.core.catalogue import CatalogueModel\n"
        "Hub(sys.argv[1], '').download(msgspec.json.decode(sys.argv[2], type=CatalogueModel), Path(sys.argv[3]))"
    )
    # Every connection is cut before a further piece is whole, so that the first piece is all it ever has.
    with SmallHub(CONTENT, cuts=[PIECE + 100] + [100] * 50) as hub:
        arguments = [sys.executable, "-c", script, hub.endpoint, msgspec.json.encode(MODEL).decode(), str(tmp_path)]
        process = subprocess.Popen(arguments, cwd=PROJECT_ROOT, stderr=subprocess.DEVNULL)
        part = tmp_path / f"tiny.gguf.{MODEL.sha256[:12]}.part"
        deadline = time.monotonic() + 30
        while not (part.exists() and part.stat().st_size == PIECE) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert names(tmp_path) == [part.name]
        hub.cuts = []
        hub.seen.clear()
        assert Hub(hub.endpoint, "").download(MODEL, tmp_path).read_bytes() == CONTENT
        assert hub.ranges == [f"bytes={PIECE}-"]
    assert names(tmp_path) == ["tiny.gguf"]


def test_a_hub_without_ranges_starts_over_and_still_gets_it_right(tmp_path: Path) -> None:
    with SmallHub(CONTENT, cuts=[PIECE + 100], ignores_ranges=True) as hub:
        assert Hub(hub.endpoint, "").download(MODEL, tmp_path).read_bytes() == CONTENT


def test_a_hub_that_goes_away_is_told_and_what_came_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    hub = SmallHub(CONTENT, cuts=[PIECE + 100] + [0] * 20)
    with hub, pytest.raises(HubUnreachable, match="goes on from here"):
        Hub(hub.endpoint, "").download(MODEL, tmp_path)
    (part,) = tmp_path.iterdir()
    assert part.read_bytes() == CONTENT[:PIECE]


def test_no_network_is_one_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(HubUnreachable, match="check the network"):
        Hub(f"http://127.0.0.1:{port}", "").download(MODEL, tmp_path)
    assert names(tmp_path) == []


def test_wrong_bytes_of_the_right_length_are_removed(tmp_path: Path) -> None:
    damaged = bytearray(CONTENT)
    damaged[12_345_678] ^= 1
    with SmallHub(bytes(damaged), etag=MODEL.sha256) as hub, pytest.raises(ChecksumMismatch, match="wrong sha256"):
        Hub(hub.endpoint, "").download(MODEL, tmp_path)
    assert names(tmp_path) == []


def test_another_file_than_the_catalogue_names_is_not_even_begun(tmp_path: Path) -> None:
    with SmallHub(b"another") as hub, pytest.raises(ChecksumMismatch, match="nothing was downloaded"):
        Hub(hub.endpoint, "").download(MODEL, tmp_path)
    assert hub.ranges == []


def test_without_a_catalogue_checksum_the_hubs_own_is_held_to(tmp_path: Path) -> None:
    model = msgspec.structs.replace(MODEL, sha256="")
    with SmallHub(CONTENT) as hub:
        assert Hub(hub.endpoint, "").download(model, tmp_path).read_bytes() == CONTENT
    with SmallHub(CONTENT, etag="0" * 64) as hub, pytest.raises(ChecksumMismatch):
        Hub(hub.endpoint, "").download(msgspec.structs.replace(model, file="other.gguf"), tmp_path)
    with SmallHub(CONTENT, etag="abc") as hub, pytest.raises(HubRefused, match="tells no sha256"):
        Hub(hub.endpoint, "").download(msgspec.structs.replace(model, file="third.gguf"), tmp_path)
    assert names(tmp_path) == ["tiny.gguf"]


def test_too_little_disk_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    need = len(CONTENT) + HEADROOM_BYTES
    with SmallHub(CONTENT) as hub:
        with pytest.raises(DiskFull, match="free some space") as full:
            Hub(hub.endpoint, "", free=lambda _: need - 1).download(MODEL, tmp_path)
        assert full.value.params == {"needed_bytes": need, "free_bytes": need - 1}
        assert hub.ranges == []
        assert Hub(hub.endpoint, "", free=lambda _: need).download(MODEL, tmp_path).exists()


def test_a_disk_that_fills_up_meanwhile_gets_its_space_back(tmp_path: Path) -> None:
    part = tmp_path / f"tiny.gguf.{MODEL.sha256[:12]}.part"
    part.symlink_to("/dev/full")
    with SmallHub(CONTENT) as hub, pytest.raises(DiskFull, match="the disk is full"):
        Hub(hub.endpoint, "", free=plenty).download(MODEL, tmp_path)
    assert names(tmp_path) == []


def test_nothing_is_built_on_what_a_broken_disk_did_not_take(tmp_path: Path) -> None:
    with SmallHub(CONTENT) as hub:
        with failing(FLUSHED, errno.EIO), pytest.raises(DiskError, match="check the disk"):
            Hub(hub.endpoint, "", free=plenty).download(MODEL, tmp_path)
        assert names(tmp_path) == []
        assert Hub(hub.endpoint, "", free=plenty).download(MODEL, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("status", "code", "kind", "told"),
    [
        (404, "RepoNotFound", HubRefused, "has no tiny.gguf"),
        (404, "EntryNotFound", HubRefused, "has no tiny.gguf"),
        (404, "RevisionNotFound", HubRefused, "revision main"),
        (401, "", HubRefused, r"token"),
        (403, "GatedRepo", HubRefused, r"accept its licence at https://example.org/license"),
        (503, "", HubUnreachable, "answered with 503"),
    ],
)
def test_what_the_hub_answers_becomes_a_sentence(
    tmp_path: Path, status: int, code: str, kind: type[Exception], told: str
) -> None:
    with SmallHub(CONTENT, status=status, error_code=code) as hub, pytest.raises(kind, match=told):
        Hub(hub.endpoint, "").download(MODEL, tmp_path)
    assert names(tmp_path) == []


def test_a_token_goes_to_the_hub_and_never_to_its_storage_host(tmp_path: Path) -> None:
    with SmallHub(CONTENT) as hub:
        # The same server under another name is another host.
        hub.redirect_to = f"http://localhost:{hub.port}"
        Hub(hub.endpoint, "hf_secret").download(MODEL, tmp_path)
        head, get = hub.seen
        assert head.authorization == "Bearer hf_secret"
        assert (get.host.split(":")[0], get.path, get.authorization) == ("localhost", "/storage/blob", "")


def test_a_second_download_of_the_same_file_is_refused(tmp_path: Path) -> None:
    part = tmp_path / f"tiny.gguf.{MODEL.sha256[:12]}.part"
    with part.open("ab") as held, SmallHub(CONTENT) as hub:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Conflict, match="already"):
            Hub(hub.endpoint, "").download(MODEL, tmp_path)


def test_another_file_of_that_name_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"someone's own")
    with pytest.raises(ChecksumMismatch, match="move it away first"):
        Hub("http://127.0.0.1:9", "").download(MODEL, tmp_path)
    assert (tmp_path / "tiny.gguf").read_bytes() == b"someone's own"


def test_a_part_longer_than_the_file_is_thrown_away(tmp_path: Path) -> None:
    part = tmp_path / f"tiny.gguf.{MODEL.sha256[:12]}.part"
    part.write_bytes(CONTENT + b"more")
    with SmallHub(CONTENT) as hub:
        assert Hub(hub.endpoint, "").download(MODEL, tmp_path).read_bytes() == CONTENT


def test_the_command_lists_and_refuses_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path))
    assert download.main([]) == 0
    assert "mistral-7b-instruct-v0.2" in capsys.readouterr().out
    assert download.main(["nope"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("ondol: nope is not in the catalogue; known are mistral-7b-instruct-v0.2, ")
    assert told.count("\n") == 1


def test_the_command_asks_the_mirror_and_shows_the_licence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with SmallHub(CONTENT) as hub:
        monkeypatch.setenv("ONDOL_HOME", str(tmp_path))
        monkeypatch.setenv("ONDOL_HUB__ENDPOINT", hub.endpoint)
        monkeypatch.setattr(download, "load_catalogue", lambda: [MODEL])
        assert download.main(["tiny"]) == 0
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == CONTENT
    assert "https://example.org/license" in capsys.readouterr().out
