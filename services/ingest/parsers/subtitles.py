"""SubRip and WebVTT: what is said, without numbers, times and marks."""

import re
from collections.abc import Iterator

from services.ingest.decoding import detect, lines
from services.ingest.document import Block, Kind, Limits, Page, Source, block, one_line
from services.ingest.parsers.text import paged

_TIMES = re.compile(r"^\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}\s+-->\s+")
_MARK = re.compile(r"</?[a-zA-Z][^>]{0,100}>|\{\\[^}]{0,100}\}|<\d[\d:.]*>")


def _cues(source: Source) -> Iterator[tuple[Block, int]]:
    said: list[str] | None = None
    last, done = "", 0
    for line, read in lines(source.file, detect(source.file)):
        done = read
        if _TIMES.match(line):
            said = []
        elif said is not None and line.strip():
            said.append(_MARK.sub("", line))
        elif said is not None:
            text = one_line(" ".join(said))
            made = block(text, Kind.ROW, joiner="\n") if text != last else None
            last, said = text, None
            if made:
                yield made, done
    made = block(one_line(" ".join(said or [])), Kind.ROW, joiner="\n")
    if made and made.text != last:
        yield made, done


def parse_subtitles(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """A cue a row; a line repeated by rolling captions comes once."""
    return paged(_cues(source), source.size)
