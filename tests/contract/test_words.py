"""What the box says by code, the page says in words, in both languages."""

import json
from typing import Any

import pytest

from services.core.happenings import KINDS
from tests.appliance import ROOT


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
