"""What a search of chats asks the index, and the excerpts that show where it matched. Pure."""

import re

import msgspec

from services.web.library.lexical import normalise, parts, prepare

MAX_TERMS = 16
BEGINNING_CHARS = 3
"""Shorter words must stand as they are: so many begin with two letters that FTS5 takes half a second for them."""
EXCERPT_CHARS = 120
LEAD_CHARS = 30


class Piece(msgspec.Struct, frozen=True):
    """A part of a text; `mark`: this matched."""

    text: str
    mark: bool = False


def search_expression(query: str) -> str | None:
    """An FTS5 query: each longer word as a beginning, each run of CJK as it stands; None asks for nothing."""
    terms = []
    for part in parts(query)[:MAX_TERMS]:
        pairs = prepare(part.text).split() if part.pair else [part.text]
        beginning = len(part.text) == 1 if part.pair else len(part.text) >= BEGINNING_CHARS
        terms.append(f'"{" ".join(pairs)}"{"*" if beginning else ""}')
    return " ".join(terms) or None


def search_pattern(query: str) -> re.Pattern[str]:
    """Finds in a text what the index found: beginnings of words, and runs anywhere. The query asks for something."""
    found = [re.escape(part.text) if part.pair else rf"\b{re.escape(part.text)}" for part in parts(query)[:MAX_TERMS]]
    return re.compile("|".join(sorted(found, key=len, reverse=True)), re.IGNORECASE)


def marked(text: str, pattern: re.Pattern[str]) -> list[Piece]:
    """The whole text with its matches marked."""
    pieces: list[Piece] = []
    at = 0
    for match in pattern.finditer(text):
        if match.start() > at:
            pieces.append(Piece(text[at : match.start()]))
        pieces.append(Piece(match.group(), mark=True))
        at = match.end()
    return [*pieces, Piece(text[at:])] if at < len(text) else pieces


def excerpt(text: str, pattern: re.Pattern[str]) -> list[Piece]:
    """About EXCERPT_CHARS characters around the first match on one line; the beginning where the index knows better
    (accents)."""
    line = " ".join(normalise(text).split())
    first = pattern.search(line)
    start = max(0, first.start() - LEAD_CHARS) if first else 0
    if start:
        start = line.rfind(" ", 0, start + 1) + 1 or start
        start = max(start, first.start() - 2 * LEAD_CHARS) if first else start
    end = min(len(line), start + EXCERPT_CHARS)
    cut = ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
    return marked(cut, pattern)
