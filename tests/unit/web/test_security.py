"""Origins and hosts."""

from pathlib import Path

import pytest

from services.core.errors import BadRequest, ForbiddenOrigin
from services.web.api.auth import clean_username
from services.web.security import check_origin, host_is_home, load_secret_key
from services.web.storage.users import username_key


@pytest.mark.parametrize(
    "host", ["ondol.local:8000", "192.168.0.4", "[::1]:8000", "box", "localhost:80", "pi.lan", "my.example"]
)
def test_names_of_a_home(host: str) -> None:
    assert host_is_home(host, ["my.example"])


@pytest.mark.parametrize("host", ["evil.example", "ondol.local.evil.example", "evil.example:8000"])
def test_names_of_the_internet(host: str) -> None:
    assert not host_is_home(host, [])


def test_origins() -> None:
    check_origin(None, "box:8000", [])
    check_origin("http://box:8000", "box:8000", [])
    check_origin("https://chat.example", "box:8000", ["https://chat.example"])
    for foreign in ("http://evil.example", "http://box:9000", "null", "https://chat.example.evil.example"):
        with pytest.raises(ForbiddenOrigin):
            check_origin(foreign, "box:8000", ["https://chat.example"])


def test_the_secret_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    key = load_secret_key(path)
    assert len(key) == 64
    assert load_secret_key(path) == key
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["", "  ", "shared", "Shared", "..", ".x", "a/b", "a\\b", "a\x00b", "a\u202eb", "x" * 65, "~a", "a."]
)
def test_names_that_cannot_be_folders_are_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        clean_username(name)


def test_names_are_nfc_and_unique_without_case() -> None:
    assert clean_username(" 민수 ") == "민수"
    assert username_key("MinSu") == username_key("minsu")
    assert username_key("Straße") == username_key("STRASSE")
