"""What the README pages promise is what the code has."""

import re

from scripts.settings_table import BEGIN, END, table
from services.core.config import SECTIONS
from tests.appliance import ROOT


def test_every_setting_stands_in_both_pages_with_its_default() -> None:
    expected = table((ROOT / "config" / "ondol.toml").read_text())
    assert expected.count("\n") - 1 == sum(len(kind.__struct_fields__) for kind in SECTIONS.values())
    for name in ("README.md", "README.ko.md"):
        page = (ROOT / name).read_text()
        assert page.partition(BEGIN)[2].partition(END)[0].strip() == expected, (
            f"run python -m scripts.settings_table ({name})"
        )


def test_every_make_target_of_the_pages_exists() -> None:
    targets = set(re.findall(r"^([a-z ]+):", (ROOT / "Makefile").read_text(), re.M))
    known = {target for line in targets for target in line.split()}
    for name in ("README.md", "README.ko.md"):
        assert set(re.findall(r"`make (\w+)", (ROOT / name).read_text())) <= known


def test_every_linked_file_exists() -> None:
    for name in ("README.md", "README.ko.md", "services/README-dev.md", "LICENSES.md"):
        page = ROOT / name
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{name} → {target}"
