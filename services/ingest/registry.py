"""Which parser reads which file. Parsers are imported when first needed: an idle box does not hold them."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from services.ingest.document import Limits, NotTextError, Page, Parser, Source

PARSER_VERSION = "1"  # another version re-reads every file in the background

_TEXT = "txt text log rst org adoc tex ini cfg conf properties env toml yaml yml"
_CODE = (
    "py pyi js mjs cjs jsx ts tsx c h cc cpp cxx hpp hh cs java kt kts go rs rb php pl pm lua r jl swift m mm scala clj"
    " hs ml ex exs erl sh bash zsh fish ps1 bat cmd sql graphql proto css scss less vue svelte dart asm s vim el gradle"
    " cmake mk dockerfile tf nix diff patch"
)
_NAMES = {"readme", "license", "licence", "copying", "notice", "authors", "changelog", "makefile", "dockerfile", "todo"}

_BY_SUFFIX: dict[str, str] = {
    **dict.fromkeys(_TEXT.split(), "text:parse_text"),
    **dict.fromkeys(_CODE.split(), "text:parse_text"),
    **dict.fromkeys(("md", "markdown", "mdown", "mkd"), "markdown:parse_markdown"),
    **dict.fromkeys(("json", "geojson", "ipynb", "webmanifest"), "json:parse_json"),
    **dict.fromkeys(("jsonl", "ndjson"), "json:parse_json_lines"),
    **dict.fromkeys(("csv", "tsv", "tab"), "csv:parse_csv"),
}


def _target(name: str) -> str | None:
    pure = PurePosixPath(name.lower())
    if pure.suffix:
        return _BY_SUFFIX.get(pure.suffix[1:])
    return "text:parse_text" if pure.name in _NAMES else None


def is_known(name: str) -> bool:
    """Whether a file of this name is read at all."""
    return _target(name) is not None


def parse(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Pages of the document. Raises ParseError, and NotTextError for what this box does not read."""
    target = _target(source.name)
    if target is None:
        raise NotTextError("this kind of file is not read")
    module, function = target.split(":")
    parser = cast(Parser, getattr(import_module(f"services.ingest.parsers.{module}"), function))
    return parser(source, limits, skip)
