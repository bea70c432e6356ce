"""JSON and JSON lines as readable text: `key.path: value`, one entry of a list after the other."""

import json
from collections.abc import Iterator

from services.ingest.decoding import detect, lines
from services.ingest.document import Block, Kind, Limits, Page, ParseError, Source, block
from services.ingest.parsers.text import paged

_MAX_BYTES = 40_000_000  # the decoded tree needs about five times as much
_LINE_CHARS = 4_000_000
_SHORT_CHARS = 200

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def _scalar(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _facts(value: Json, path: str) -> Iterator[str]:
    """Lines of one record, depth first, without recursion: nesting is the file's choice."""
    stack: list[tuple[str, Json]] = [(path, value)]
    while stack:
        name, item = stack.pop()
        if isinstance(item, dict):
            stack.extend((f"{name}.{key}" if name else key, below) for key, below in reversed(item.items()))
        elif isinstance(item, list):
            if all(not isinstance(below, dict | list) for below in item):
                text = ", ".join(filter(None, map(_scalar, item)))
                if text:
                    yield f"{name}: {text}" if name else text
            else:
                stack.extend((name, below) for below in reversed(item))
        elif text := _scalar(item):
            yield f"{name}: {text}" if name else text


def _records(value: Json) -> Iterator[tuple[str, Json]]:
    """What stands by itself: entries of a top list, or of the lists directly below a top object."""
    if isinstance(value, list):
        yield from (("", item) for item in value)
    elif isinstance(value, dict):
        plain: dict[str, Json] = {}
        for key, below in value.items():
            if isinstance(below, list) and any(isinstance(item, dict | list) for item in below):
                yield from ((key, item) for item in below)
            else:
                plain[key] = below
        if plain:
            yield "", plain
    else:
        yield "", value


def _blocks_of(value: Json, joiner: str = "\n\n") -> Iterator[Block]:
    for path, record in _records(value):
        made = block("\n".join(_facts(record, path)), Kind.ROW, joiner=joiner)
        if made:
            yield made


def _load(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except RecursionError:
        raise ParseError("too_deep", "the JSON is nested too deeply") from None
    except ValueError as error:
        raise ParseError("invalid_json", f"not valid JSON: {error}") from None
    return value


def _whole(source: Source) -> Iterator[tuple[Block, int]]:
    if source.size > _MAX_BYTES:
        raise ParseError("too_large", f"a JSON file may have {_MAX_BYTES} bytes; save it as JSON lines to go beyond")
    encoding = detect(source.file)
    text = source.file.read().decode(encoding)
    try:
        value = _load(text)
    except ParseError as error:
        if error.code != "invalid_json" or "\n" not in text.strip():
            raise
        yield from _line_by_line(source)
        return
    for made in _blocks_of(value):
        yield made, source.size


def _line_by_line(source: Source) -> Iterator[tuple[Block, int]]:
    for number, (line, done) in enumerate(lines(source.file, detect(source.file), _LINE_CHARS), start=1):
        if not line.strip():
            continue
        try:
            value = _load(line)
        except ParseError as error:
            raise ParseError(error.code, f"line {number}: {error.message}"[:_SHORT_CHARS]) from None
        for made in _blocks_of(value, "\n"):
            yield made, done


def parse_json(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """One document; a file of JSON lines under this name is read as such. Raises ParseError."""
    return paged(_whole(source), source.size)


def parse_json_lines(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """One record a line. Raises ParseError."""
    return paged(_line_by_line(source), source.size)
