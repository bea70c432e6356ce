import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import preflight


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ONDOL_HOST", "ONDOL_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_free_port_gives_the_address_to_ask_and_those_for_people(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    monkeypatch.setenv("ONDOL_PORT", str(port))
    assert preflight.main([]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert (first, second) == (f"127.0.0.1 {port} 3", f"http://localhost:{port}")
    assert (home / "inbox" / "shared").is_dir()
    assert (home / "run").stat().st_mode & 0o777 == 0o700


def test_a_taken_port_is_one_line_with_a_way_out(
    home: Path, taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONDOL_PORT", str(taken))
    monkeypatch.setenv("ONDOL_HOST", "127.0.0.1")
    assert preflight.main([]) == 2
    told = capsys.readouterr().err
    assert told == (
        f"ondol: port {taken} is taken by another program; stop it, or choose another port: ONDOL_PORT={taken + 1}\n"
    )
    assert preflight.main(["--running"]) == 0, "of a running appliance the port is its own"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ONDOL_PORT", "eight", "ONDOL_PORT: web.port must be a number, not 'eight'"),
        ("ONDOL_WEB__COLOUR", "red", "unknown setting web.colour"),
        ("ONDOL_HOST", "no such host", "is no address of this machine"),
        ("ONDOL_HOST", "198.51.100.7", "cannot listen on 198.51.100.7"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    home: Path, name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert preflight.main([]) == 2
    line = capsys.readouterr().err
    assert told in line
    assert line.count("\n") == 1


def test_a_wrong_setting_in_the_homes_file_names_the_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir()
    (home / "ondol.toml").write_text("[web]\nprot = 8000\n")
    assert preflight.main([]) == 2
    assert f"{home}/ondol.toml: unknown setting web.prot" in capsys.readouterr().err


def test_a_home_too_deep_for_unix_sockets_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deep = tmp_path / ("d" * 90)
    monkeypatch.setenv("ONDOL_HOME", str(deep))
    assert preflight.main([]) == 2
    assert "choose a shorter folder" in capsys.readouterr().err
    assert not deep.exists()


def test_a_home_that_cannot_be_made_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONDOL_HOME", "/proc/ondol")
    assert preflight.main([]) == 2
    assert "ONDOL_HOME cannot be made" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "lan", "expected"),
    [
        ("0.0.0.0", "192.168.0.7", ["http://localhost:8000", "http://192.168.0.7:8000"]),
        ("::", None, ["http://localhost:8000"]),
        ("127.0.0.1", "192.168.0.7", ["http://127.0.0.1:8000"]),
        ("192.168.0.7", "192.168.0.7", ["http://192.168.0.7:8000"]),
        ("::1", None, ["http://[::1]:8000"]),
    ],
)
def test_the_network_address_is_shown_only_when_the_page_is_open_to_it(
    host: str, lan: str | None, expected: list[str]
) -> None:
    assert preflight.addresses(host, 8000, lan) == expected
