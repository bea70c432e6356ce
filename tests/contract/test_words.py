"""What the box says by code, the page says in words, in both languages."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import services.core
import services.web
from services.core.errors import OndolError
from services.core.happenings import KINDS
from tests.appliance import ROOT

NEVER_ON_THE_PAGE = {"already_running", "orphaned"}
"""Told by programs that do not start."""


def kinds_of(error: type[OndolError]) -> Iterator[type[OndolError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def words(language: str) -> dict[str, Any]:
    path = ROOT / "frontend" / "src" / "i18n" / f"{language}.json"
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_happening_has_a_sentence(language: str) -> None:
    happened = words(language)["status"]["happened"]
    assert set(happened) == set(KINDS)
    for kind, said in happened.items():
        assert isinstance(said, str) or said.get("other"), kind


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_error_has_words_by_its_code(language: str) -> None:
    for package in (services.core, services.web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    ours = ("services.core.", "services.web.")  # other tests load the model's programs too
    codes = {kind.code for kind in kinds_of(OndolError) if kind.__module__.startswith(ours)} | {OndolError.code}
    assert codes - NEVER_ON_THE_PAGE <= set(words(language)["errors"])
