"""Where sentences end. Spans only, so that nothing of the text is lost."""

import re
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]

_CLOSERS = "\"'”’)\\]』」》"
_END = re.compile(
    rf"[.!?…]+[{_CLOSERS}]*(?=\s)"  # ends before a space: English, and Korean 다. 요. 까?
    rf"|(?<=[다요죠까])[.!?]+[{_CLOSERS}]*(?=[가-힣])"  # Korean typed without the space
    rf"|[。！？]+[{_CLOSERS}]*"  # full width
    r"|\n"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|\d{1,3}|Mr|Mrs|Ms|Dr|Prof|St|No|vs|cf|Fig|etc|e\.g|i\.e|Inc|Ltd|Jr|Sr|Vol|pp)\.$"
)


def trim(text: str, start: int, end: int) -> Span | None:
    """The span without whitespace at its ends; None when it is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    yield start
    for found in _END.finditer(text, start, end):
        if found[0] == "." and _ABBREVIATION.search(text, max(start, found.end() - 8), found.end()):
            continue
        yield found.end()
    yield end


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Trimmed, non-empty spans of the sentences of `text[start:end]`, in order."""
    for left, right in pairwise(_cuts(text, start, end)):
        span = trim(text, left, right)
        if span:
            yield span
