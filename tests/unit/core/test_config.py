"""Settings: complete, typed, and no typo passes."""

import tomllib
from pathlib import Path

import pytest

from services.core.config import SECTIONS, load_config, load_without_own
from services.core.errors import ConfigError
from services.core.paths import PROJECT_ROOT, Home


def test_the_file_names_exactly_the_known_settings() -> None:
    data = tomllib.loads((PROJECT_ROOT / "config" / "ondol.toml").read_text())
    assert {section: set(keys) for section, keys in data.items()} == {
        section: set(kind.__struct_fields__) for section, kind in SECTIONS.items()
    }


def test_every_setting_has_a_comment() -> None:
    lines = (PROJECT_ROOT / "config" / "ondol.toml").read_text().splitlines()
    bare = [line for line in lines if "=" in line.partition("#")[0] and "#" not in line]
    assert bare == []


def test_environment_wins_over_the_own_file_and_that_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "ondol.toml").write_text("[engine]\nparallel = 2\nmax_queue = 5\n")
    config = load_config({"ONDOL_ENGINE__PARALLEL": "3", "ONDOL_PORT": "8123"}, Home(tmp_path))
    assert (config.engine.parallel, config.engine.max_queue, config.web.port) == (3, 5, 8123)


def test_lists_and_booleans_from_the_environment(tmp_path: Path) -> None:
    environ = {"ONDOL_WEB__ALLOWED_ORIGINS": "https://a.example, https://b.example", "ONDOL_INGEST__POLL": "true"}
    config = load_config(environ, Home(tmp_path))
    assert config.web.allowed_origins == ["https://a.example", "https://b.example"]
    assert config.ingest.poll is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[engine]\nparalel = 2\n", "unknown setting engine.paralel"),
        ("[motor]\n", "unknown section [motor]"),
        ("[engine]\nparallel = 'two'\n", "engine.parallel"),
        ("[engine]\nparallel = 0\n", "engine.parallel"),
        ("[engine\n", "not valid TOML"),
        ("engine = 1\n", "must be a section"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "ondol.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config({}, Home(tmp_path))
    assert said in caught.value.message
    assert str(tmp_path / "ondol.toml") in caught.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONDOL_ENGINE__PARALEL", "2"),
        ("ONDOL_PORT", "eighty"),
        ("ONDOL_PORT", "70000"),
        ("ONDOL_INGEST__POLL", "maybe"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({name: value}, Home(tmp_path))
    assert name in caught.value.message


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('[web]\nhost = "127.0.0.1"\nport = 8123\ncolour = "red"\n', ("127.0.0.1", 8123)),
        ('[web]\nhost = 5\nport = "many"\n', ("0.0.0.0", 8000)),
        ("[web\n", ("0.0.0.0", 8000)),
        ("web = 3\n", ("0.0.0.0", 8000)),
    ],
)
def test_of_a_file_that_cannot_be_used_the_address_is_kept(tmp_path: Path, text: str, address: tuple[str, int]) -> None:
    (tmp_path / "ondol.toml").write_text(text)
    with pytest.raises(ConfigError):
        load_config({}, Home(tmp_path))
    config = load_without_own({}, Home(tmp_path))
    assert (config.web.host, config.web.port) == address
    assert load_without_own({"ONDOL_PORT": "9"}, Home(tmp_path)).web.port == 9


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "ondol.toml").write_bytes("# 온돌\n".encode("cp949"))
    with pytest.raises(ConfigError, match=r"ondol\.toml: not valid TOML"):
        load_config({}, Home(tmp_path))
