"""Settings: complete, typed, and no typo passes."""

import tomllib
from pathlib import Path

import pytest

from services.core.config import SECTIONS, load_config
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
