"""Writes the answer to `PUT …/chunks/` piece by piece: text first, passages after, never both in memory."""

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from services.ingest.chunking import Chunk, Chunker
from services.ingest.document import Block, ParseError

_encode = msgspec.json.Encoder().encode


class BodyWriter:
    """Fills `file` with `{"sha256", "parser_version", "text", "chunks"}` while the blocks come in."""

    def __init__(self, file: BinaryIO, sha256: str, parser_version: str, target: int, max_chars: int) -> None:
        self._file = file
        self._chunker = Chunker(target)
        self._chunks: list[Chunk] = []
        self._max = max_chars
        self.chars = 0
        head = _encode({"sha256": sha256, "parser_version": parser_version})
        file.write(head[:-1] + b',"text":"')

    def add(self, blocks: Iterable[Block], page: int | None) -> None:
        """Append blocks of one page. Raises ParseError when the text grows too long."""
        for block in blocks:
            joiner = block.joiner if self.chars else ""
            self._chunks += self._chunker.add(block, self.chars + len(joiner), page)
            self.chars += len(joiner) + len(block.text)
            if self.chars > self._max:
                raise ParseError("too_much_text", f"the document has more than {self._max} characters of text")
            self._file.write(_encode(joiner + block.text)[1:-1])

    def finish(self) -> int:
        """Close the JSON; gives the number of passages."""
        self._chunks += self._chunker.finish()
        self._file.write(b'","chunks":[')
        for chunk in self._chunks:
            self._file.write((b"," if chunk.ordinal else b"") + _encode(chunk))
        self._file.write(b"]}")
        self._file.flush()
        return len(self._chunks)
