"""LICENSES.md names everything that is shipped or offered. `make licences` brings it up to date."""

from email.message import Message
from importlib.metadata import PackageMetadata
from typing import cast

import pytest

from scripts import licences
from services.core.catalogue import load_catalogue

PAGE = licences.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "version"), licences.locked(licences.LOCK.read_text(encoding="utf-8")))
def test_every_runtime_package_is_listed_with_its_version_and_licence(name: str, version: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {name} | {version} | ")]
    assert len(row.split(" | ")[2].strip(" |")) >= 3


def test_every_package_in_the_built_page_is_listed() -> None:
    bundled = licences.bundled(licences.BUNDLE.read_text(encoding="utf-8"))
    assert {"react", "@mui/material"} <= {name for name, _, _ in bundled}
    missing = [name for name, version, licence in bundled if f"| {name} | {version} | {licence} |" not in PAGE]
    assert missing == []


def test_every_model_of_the_catalogue_is_listed_with_a_link_to_its_licence() -> None:
    for model in load_catalogue():
        assert f"| {model.name} |" in PAGE
        assert f"[{model.license}]({model.license_url})" in PAGE


def test_both_embedded_models_are_listed() -> None:
    sums = (licences.ROOT / "scripts" / "models.sha256").read_text().split()
    assert all(f"| `{file}` |" in PAGE for file in sums[1::2])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("License-Expression", "MIT"), ("License", "whatever")], "MIT"),
        ([("License", "Apache-2.0")], "Apache-2.0"),
        ([("License", "The MIT\nLicense"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT License"),
        ([("License", "UNKNOWN"), ("Classifier", "License :: OSI Approved :: BSD License")], "BSD License"),
    ],
)  # fmt: skip
def test_a_licence_is_read_from_the_best_field(fields: list[tuple[str, str]], expected: str) -> None:
    about = Message()
    for key, value in fields:
        about[key] = value
    assert licences.licence_of(cast(PackageMetadata, about)) == expected


def test_a_page_without_a_place_for_a_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for npm"):
        licences.fill("# nothing", "npm", "x")
    assert licences.fill("<!-- npm -->\nold\n<!-- end -->", "npm", "new") == "<!-- npm -->\nnew\n<!-- end -->"
