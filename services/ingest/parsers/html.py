"""HTML, streamed: what a reader sees, with headings and table rows."""

import codecs
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import BinaryIO

from services.ingest.decoding import decoded, detect
from services.ingest.document import Block, Kind, Limits, Page, Source, block, one_line
from services.ingest.parsers.text import paged

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{2,30})""", re.IGNORECASE)
_HIDDEN = {"script", "style", "noscript", "template", "svg", "iframe", "object", "nav", "select", "canvas", "math"}
_BREAKING = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer"
        " form header hr html legend li main menu ol option p pre section summary table tbody tfoot thead title ul",
    )
)
_MAX_PARAGRAPH_CHARS = 16_384


class _Reader(HTMLParser):
    """Collects blocks; `take` hands over what is complete. Holds counts instead of a tree, so depth costs nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Block] = []
        self._held: list[str] = []
        self._length = 0
        self._hidden: str | None = None
        self._hidden_depth = 0
        self._level = 0
        self._cells: list[str] | None = None
        self._pre = 0

    def take(self) -> list[Block]:
        done, self._blocks = self._blocks, []
        return done

    def finish(self) -> list[Block]:
        self.close()
        self._end_row()
        self._flush()
        return self.take()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            self._hidden_depth += tag == self._hidden
        elif tag in _HIDDEN:
            self._hidden, self._hidden_depth = tag, 1
        elif tag == "br":
            self._held.append("\n")
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._flush()
            self._level = int(tag[1])
        elif tag == "tr":
            self._end_row()
            self._flush()
            self._cells = []
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag in _BREAKING:
            self._break()
            self._pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden_depth -= tag == self._hidden
            if self._hidden_depth <= 0:
                self._hidden = None
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag in {"tr", "table"}:
            self._end_row()
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._flush()
        elif tag in _BREAKING:
            self._break()
            self._pre -= tag == "pre" and self._pre > 0

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self._held.append(data if self._pre else re.sub(r"\s+", " ", data))
        self._length += len(data)
        if self._length > _MAX_PARAGRAPH_CHARS and self._cells is None:
            self._flush()

    def _break(self) -> None:
        if self._cells is None:
            self._flush()
        else:
            self._held.append(" ")

    def _flush(self) -> None:
        text = "".join(self._held)
        if not self._pre:
            text = "\n".join(one_line(line) for line in text.split("\n"))
        made = block(text, Kind.HEADING if self._level else Kind.PARAGRAPH, self._level)
        self._held, self._length, self._level = [], 0, 0
        if made:
            self._blocks.append(made)

    def _end_cell(self) -> None:
        if self._cells is not None:
            self._cells.append(one_line("".join(self._held)))
            self._held, self._length = [], 0

    def _end_row(self) -> None:
        if self._cells is None:
            return
        self._end_cell()
        made = block(" | ".join(filter(None, self._cells)), Kind.ROW, joiner="\n")
        self._cells = None
        if made:
            self._blocks.append(made)


def html_blocks(texts: Iterable[tuple[str, int]]) -> Iterator[tuple[Block, int]]:
    """Blocks of HTML that comes in pieces, each with the progress given beside it."""
    reader, done = _Reader(), 0
    for text, done in texts:
        reader.feed(text)
        for made in reader.take():
            yield made, done
    for made in reader.finish():
        yield made, done


def declared_encoding(file: BinaryIO) -> str | None:
    """What a meta element in the first bytes says, if that is a codec and reads the file's beginning."""
    file.seek(0)
    head = file.read(4096)
    found = _CHARSET.search(head)
    if not found or head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    name = found[1].decode("ascii")
    try:
        codecs.lookup(name)
        codecs.getincrementaldecoder(name)("strict").decode(head)
    except (LookupError, ValueError, TypeError):
        return None
    return "cp949" if name.lower().replace("_", "-") in {"euc-kr", "ks-c-5601-1987"} else name


def _texts(source: Source) -> Iterator[tuple[str, int]]:
    encoding = declared_encoding(source.file)
    return decoded(source.file, encoding or detect(source.file), "replace" if encoding else "strict")


def parse_html(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """The page's title is a paragraph of its own, navigation and scripts are left out."""
    return paged(html_blocks(_texts(source)), source.size)
