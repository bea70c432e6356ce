"""Which model is loaded when memory is short: never one that does not fit, unless the owner says so."""

import os
from pathlib import Path

import pytest

from services.core.config import Config, load_config
from services.core.errors import ModelUnavailable
from services.core.free_memory import FreeMemory
from services.model import loader
from tests.bench.shape7b import Shape, write_shape
from tests.unit.model.vocabularies import SMOLLM2

MIB = 1 << 20
LONG_MEMORY = Shape(layers=32, width=1024, ffn=512, heads=8, kv_heads=8, vocabulary=8192, context=8192)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    os.link(SMOLLM2, tmp_path / "models" / SMOLLM2.name)
    return tmp_path


def config_for(home: Path, **environ: str) -> Config:
    return load_config({"ONDOL_HOME": str(home), "ONDOL_ENGINE__CALIBRATE": "false", **environ})


def with_free(monkeypatch: pytest.MonkeyPatch, mib: int) -> None:
    monkeypatch.setattr(loader, "free_memory", lambda: FreeMemory(mib * MIB, 8192 * MIB, "control group"))


def loaded_name(config: Config) -> str:
    found = loader.load(config, lambda _percent: True, lambda: None)
    found.engine.close()
    return found.facts.file


def test_what_does_not_fit_is_refused_with_the_sum_before_a_byte_is_loaded(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 300)
    told: list[int] = []

    def tell(percent: int) -> bool:
        told.append(percent)
        return True

    config = config_for(home, ONDOL_MODEL=SMOLLM2.name)
    with pytest.raises(ModelUnavailable, match=r"the control group has 0.29 GiB free: .*allow_oversize") as caught:
        loader.load(config, tell, lambda: None)
    assert "weights 0.09 GiB" in str(caught.value.params["reason"])
    assert told == []
    with_free(monkeypatch, 400)
    assert loaded_name(config) == SMOLLM2.name


def test_an_owner_may_insist_and_gets_mapped_weights(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, 200)
    config = config_for(home, ONDOL_MODEL=SMOLLM2.name, ONDOL_MODEL__ALLOW_OVERSIZE="true")
    assert loaded_name(config) == SMOLLM2.name


def test_auto_goes_on_to_a_smaller_model_when_the_exact_sum_does_not_fit(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long context needs more than the estimate by file size allows for."""
    write_shape(home / "models" / "other.gguf", LONG_MEMORY)
    with_free(monkeypatch, 600)
    assert loaded_name(config_for(home, ONDOL_ENGINE__CONTEXT_TOKENS="1024")) == "other.gguf"
    assert loaded_name(config_for(home, ONDOL_ENGINE__CONTEXT_TOKENS="4096")) == SMOLLM2.name


@pytest.mark.parametrize("keep", [0, 4, 1000, 3_000_000])
def test_a_file_that_is_cut_off_never_reaches_the_native_loader(home: Path, keep: int) -> None:
    (home / "models" / "cut.gguf").write_bytes(SMOLLM2.read_bytes()[:keep])
    with pytest.raises(ModelUnavailable, match=r"cut\.gguf"):
        loader.load(config_for(home, ONDOL_MODEL="cut.gguf"), lambda _percent: True, lambda: None)
