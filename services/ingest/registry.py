"""Which parser reads which file. Parsers are imported when first needed: an idle box does not hold them."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from services.ingest.chunking import CHUNKER_VERSION
from services.ingest.document import Limits, NotTextError, Page, Parser, Source

_TEXT = "txt text log rst org adoc tex ini cfg conf properties env toml yaml yml"
_CODE = (
    "py pyi js mjs cjs jsx ts tsx c h cc cpp cxx hpp hh cs java kt kts go rs rb php pl pm lua r jl swift m mm scala clj"
    " hs ml ex exs erl sh bash zsh fish ps1 bat cmd sql graphql proto css scss less vue svelte dart asm s vim el gradle"
    " cmake mk dockerfile tf nix diff patch"
)
_SUFFIXES = {
    "text:parse_text": f"{_TEXT} {_CODE}",
    "markdown:parse_markdown": "md markdown mdown mkd",
    "json:parse_json": "json geojson ipynb webmanifest",
    "json:parse_json_lines": "jsonl ndjson",
    "csv:parse_csv": "csv tsv tab",
    "html:parse_html": "html htm xhtml",
    "pdf:parse_pdf": "pdf",
    "docx:parse_docx": "docx docm dotx",
    "pptx:parse_pptx": "pptx pptm ppsx",
    "xlsx:parse_xlsx": "xlsx xlsm",
    "odf:parse_odf": "odt ods odp ott",
    "epub:parse_epub": "epub",
    "hwpx:parse_hwpx": "hwpx",
    "hwp:parse_hwp": "hwp",
    "mail:parse_mail": "eml",
    "subtitles:parse_subtitles": "srt vtt",
}
_BY_SUFFIX = {suffix: target for target, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_NAMES = {"readme", "license", "licence", "copying", "notice", "authors", "changelog", "makefile", "dockerfile", "todo"}
_VERSIONS = dict.fromkeys((target.partition(":")[0] for target in _SUFFIXES), 1)  # another one: its files are re-read


def _target(name: str) -> str | None:
    pure = PurePosixPath(name.lower())
    if pure.suffix:
        return _BY_SUFFIX.get(pure.suffix[1:])
    return "text:parse_text" if pure.name in _NAMES else None


def is_known(name: str) -> bool:
    """Whether a file of this name is read at all."""
    return _target(name) is not None


def version_namer(chunk_tokens: int) -> Callable[[str], str]:
    """Names the way in which a file is read, from its path: parser, chunker and their versions. Equal content under
    equal names of this kind gives equal passages."""

    def version_of(path: str) -> str:
        target = _target(path)
        if target is None:
            return "none"
        module, function = target.split(":")
        return f"{function.removeprefix('parse_')}-{_VERSIONS[module]}-{CHUNKER_VERSION}-{chunk_tokens}"

    return version_of


def parse(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Pages of the document. Raises ParseError, and NotTextError for what this box does not read."""
    target = _target(source.name)
    if target is None:
        raise NotTextError("this kind of file is not read")
    module, function = target.split(":")
    parser = cast(Parser, getattr(import_module(f"services.ingest.parsers.{module}"), function))
    return parser(source, limits, skip)
