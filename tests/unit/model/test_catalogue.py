from pathlib import Path

import pytest

from services.core.catalogue import load_catalogue
from services.core.errors import ConfigError, ModelUnavailable
from services.model.catalogue import (
    DEFAULT_DOWNLOAD,
    EMBEDDED_CHAT,
    InstalledModel,
    estimated_memory_bytes,
    select_model,
)

GB = 1_000_000_000
EMBEDDED = InstalledModel(Path("/m") / EMBEDDED_CHAT, "SmolLM2", 98 * 10**6, GB // 2, demo=True)
SMALL = InstalledModel(Path("/m/small.gguf"), "qwen2.5-1.5b-instruct", GB, 2 * GB)
LARGE = InstalledModel(Path("/m/large.gguf"), "mistral-7b-instruct-v0.2", 4 * GB, 5 * GB)

ENTRY = """[[model]]
name = "a"
title = "A"
repo = "x/y"
file = "a.gguf"
revision = "main"
size_bytes = 5
license = "MIT"
license_url = "https://example.org/license"
languages = ["en"]
min_memory_bytes = 6
"""


def test_the_shipped_catalogue_holds_the_default_and_some_that_read_korean() -> None:
    catalogue = load_catalogue()
    default = next(model for model in catalogue if model.name == DEFAULT_DOWNLOAD)
    assert default.file == "mistral-7b-instruct-v0.2.Q4_K_M.gguf"
    assert default.size_bytes == 4_368_439_584
    assert sum("ko" in model.languages for model in catalogue) >= 3
    assert any(model.min_memory_bytes <= GB for model in catalogue), "one for a box of 2 GB"


@pytest.mark.parametrize("field", ["size_bytes", "sha256", "license", "revision"])
def test_every_entry_can_be_checked_and_is_pinned(field: str) -> None:
    assert all(getattr(model, field) for model in load_catalogue())


def test_memory_is_more_than_the_file_and_less_than_twice_of_it_and_a_half() -> None:
    for model in load_catalogue():
        assert model.size_bytes * 1.05 < model.min_memory_bytes < model.size_bytes * 2.5, model.name


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("colour = 1\n", "colour"),
        ('sha256 = "abc"\n', "sha256"),
        (ENTRY, "twice"),
        ("[[[", "not valid TOML"),
    ],
)
def test_a_catalogue_with_a_mistake_is_refused_with_file_and_key(tmp_path: Path, change: str, told: str) -> None:
    file = tmp_path / "models.toml"
    file.write_text(ENTRY + change)
    with pytest.raises(ConfigError) as refused:
        load_catalogue(file)
    assert told in refused.value.message
    assert str(file) in refused.value.message


@pytest.mark.parametrize("bad", ["../a.gguf", "/etc/a.gguf", "a.bin", ".a.gguf", "a/b.gguf"])
def test_a_file_name_cannot_leave_the_models_folder(tmp_path: Path, bad: str) -> None:
    file = tmp_path / "models.toml"
    file.write_text(ENTRY.replace('"a.gguf"', f'"{bad}"'))
    with pytest.raises(ConfigError):
        load_catalogue(file)


def test_a_missing_catalogue_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_catalogue(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("available", "expected"), [(8 * GB, LARGE), (5 * GB, LARGE), (5 * GB - 1, SMALL), (GB, EMBEDDED), (0, EMBEDDED)]
)
def test_auto_takes_the_largest_that_fits_else_the_embedded(available: int, expected: InstalledModel) -> None:
    assert select_model("auto", [EMBEDDED, SMALL, LARGE], available).model == expected


def test_auto_prefers_any_real_model_to_the_embedded_one() -> None:
    tiny = InstalledModel(Path("/m/tiny.gguf"), "tiny", 10, 20)
    assert select_model("auto", [EMBEDDED, tiny], 8 * GB).model == tiny


def test_auto_without_any_model_says_how_to_get_one() -> None:
    with pytest.raises(ModelUnavailable, match=f"make model NAME={DEFAULT_DOWNLOAD}"):
        select_model("auto", [], 8 * GB)


def test_auto_says_what_the_smallest_model_would_need() -> None:
    with pytest.raises(ModelUnavailable, match=r"qwen2\.5-1\.5b-instruct needs 2\.0 GB of memory and 1\.0 GB are free"):
        select_model("auto", [SMALL, LARGE], GB)


@pytest.mark.parametrize("name", ["mistral-7b-instruct-v0.2", "large.gguf", "/m/large.gguf"])
def test_a_model_is_found_by_name_file_and_path_even_when_it_does_not_fit(name: str) -> None:
    chosen = select_model(name, [EMBEDDED, SMALL, LARGE], GB)
    assert chosen.model == LARGE
    assert not chosen.fits


def test_a_name_that_is_not_installed_says_how_to_get_it() -> None:
    with pytest.raises(ModelUnavailable, match="make model NAME=llama-3"):
        select_model("llama-3", [EMBEDDED], GB)


def test_a_path_that_leads_nowhere_is_not_offered_for_download() -> None:
    with pytest.raises(ModelUnavailable, match="not a whole GGUF chat model"):
        select_model("/m/none.gguf", [EMBEDDED], GB)


def test_the_estimate_agrees_with_what_was_measured_on_7b() -> None:
    assert 5_050_000_000 < estimated_memory_bytes(4_368_439_584) < 5_500_000_000
