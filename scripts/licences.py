"""Writes the tables of LICENSES.md: `python -m scripts.licences` after a change of packages, page or catalogue.

Python packages from the lock and the installed metadata, npm packages from the list that the page's build leaves,
models from config/models.toml. The words between the tables are written by hand and stay.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from services.core.catalogue import load_catalogue

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "LICENSES.md"
LOCK = ROOT / "requirements" / "runtime.txt"
BUNDLE = ROOT / "frontend" / "dist" / "THIRD-PARTY-LICENSES.txt"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\]+)", re.MULTILINE)
_BUNDLED = re.compile(r"^-{80}\n(\S+) (\S+)\nLicence: (.+)$", re.MULTILINE)
_LONGEST = 60
Row = Sequence[str]


def locked(lock: str) -> list[tuple[str, str]]:
    """(name, version) of every package in a lock file's text."""
    return [(match[1], match[2]) for match in _PINNED.finditer(lock)]


def licence_of(about: metadata.PackageMetadata) -> str:
    """The licence a package gives itself: an SPDX expression, else a short licence field, else its classifiers."""
    found: list[str] = about.get_all("License-Expression") or about.get_all("License") or [""]
    if found[0] and len(found[0]) <= _LONGEST and "\n" not in found[0] and found[0] != "UNKNOWN":
        return found[0]
    classifiers: list[str] = about.get_all("Classifier") or []
    return ", ".join(line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License")) or found[0][:40]


def python_rows() -> Iterable[Row]:
    for name, version in locked(LOCK.read_text(encoding="utf-8")):
        try:
            licence = licence_of(metadata.metadata(name))
        except metadata.PackageNotFoundError:
            licence = _kept(name)  # of another platform: sqlite-vss on arm64
        yield name, version, licence


def _kept(name: str) -> str:
    row = re.search(rf"^\| {re.escape(name)} \| \S+ \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return row[1] if row else "see the package"


def bundled(text: str) -> list[tuple[str, str, str]]:
    """(name, version, licence) of every npm package that the built page contains."""
    return [(match[1], match[2], match[3]) for match in _BUNDLED.finditer(text)]


def model_rows() -> Iterable[Row]:
    for model in load_catalogue():
        yield model.name, f"`{model.file}` of {model.repo}", f"[{model.license}]({model.license_url})"


def table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fill(page: str, name: str, content: str) -> str:
    """Replace what stands between `<!-- name -->` and `<!-- end -->`. Raises ValueError if there is no such place."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not place.search(page):
        raise ValueError(f"LICENSES.md has no place for {name}")
    return place.sub(lambda match: f"{match[1]}{content}\n{match[2]}", page)


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    page = fill(page, "python", table(("Package", "Version", "Licence"), python_rows()))
    page = fill(page, "npm", table(("Package", "Version", "Licence"), bundled(BUNDLE.read_text(encoding="utf-8"))))
    page = fill(page, "models", table(("Name", "File", "Licence"), model_rows()))
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
