"""Writes the settings table of both README pages from config/ondol.toml: `python -m scripts.settings_table`."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- settings:begin -->", "<!-- settings:end -->"
_SECTION = re.compile(r"^\[(\w+)\]$")
_SETTING = re.compile(r"^(\w+) = (.*?)(?:\s+# (.*))?$")


def rows(text: str) -> list[tuple[str, str, str]]:
    """(section.key, default, comment) of every setting, in the file's order."""
    found, section = [], ""
    for line in text.splitlines():
        if header := _SECTION.match(line):
            section = header[1]
        elif setting := _SETTING.match(line):
            found.append((f"{section}.{setting[1]}", setting[2].strip(), setting[3] or ""))
    return found


def table(text: str) -> str:
    """The Markdown table."""
    lines = [f"| `{key}` | `{default}` | {comment} |" for key, default, comment in rows(text)]
    return "\n".join(["| setting | default | |", "|---|---|---|", *lines])


def inserted(page: str, settings: str) -> str:
    """`page` with the table between its marks. Raises ValueError when the marks are missing."""
    head, _, rest = page.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise ValueError(f"no {BEGIN} … {END}")
    return f"{head}{BEGIN}\n{settings}\n{END}{tail}"


def main() -> None:
    settings = table((ROOT / "config" / "ondol.toml").read_text(encoding="utf-8"))
    for name in ("README.md", "README.ko.md"):
        page = ROOT / name
        page.write_text(inserted(page.read_text(encoding="utf-8"), settings), encoding="utf-8")


if __name__ == "__main__":
    main()
