"""What a parser hands on: blocks of clean text in reading order, grouped in pages."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, Protocol

_DROPPED = {code: None for code in range(0x20) if chr(code) not in "\t\n"}
_DROPPED |= dict.fromkeys((0x7F, 0xFEFF, 0xFFFE, 0xFFFF, 0xAD))
_DROPPED |= dict.fromkeys(range(0xD800, 0xE000))
_SPACES = {0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n", 0xA0: " "}
_TABLE = _DROPPED | _SPACES


class Kind(Enum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text that stands by itself. `joiner` is the whitespace between it and the block before it."""

    text: str
    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    joiner: str = "\n\n"


@dataclass(frozen=True, slots=True)
class Page:
    """Blocks that are parsed in one step, the `step`-th from 0. `number` counts from 1 where the format has pages, else
    None; `done` of `total` pages or bytes are read with this one (0 of 0: unknown)."""

    blocks: tuple[Block, ...]
    step: int
    number: int | None = None
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """An open file, its name with suffix, and how many bytes it has."""

    file: BinaryIO
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost. All are upper bounds that raise ParseError when crossed."""

    max_text_chars: int
    max_pages: int = 20_000
    max_ratio: int = 200
    max_unpacked_bytes: int = 500_000_000
    max_members: int = 20_000


class Parser(Protocol):
    """Yields the pages of `source` in order. The first `skip` steps were read in an earlier run: a parser that can jump
    leaves them out. Raises ParseError and NotTextError."""

    def __call__(self, source: Source, limits: Limits, skip: int) -> Iterator[Page]: ...


class ParseError(Exception):
    """The file cannot be read. `code` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotTextError(Exception):
    """The file holds nothing that this box can read as text."""


def clean(text: str) -> str:
    """NFC, LF line ends, no control characters, no lone surrogates."""
    if text.isascii() and "\r" not in text and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text.translate(_TABLE))


def block(text: str, kind: Kind = Kind.PARAGRAPH, level: int = 0, joiner: str = "\n\n") -> Block | None:
    """A block of cleaned, stripped text; None when nothing is left."""
    cleaned = clean(text).strip()
    return Block(cleaned, kind, level, joiner) if cleaned else None


def one_line(text: str) -> str:
    """Runs of whitespace become one space."""
    return " ".join(text.split())
