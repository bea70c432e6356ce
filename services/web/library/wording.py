"""What a chunk is known by: the same words go to the word index, the embedder and the hash. Pure."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from services.core.errors import BadRequest
from services.web.library.lexical import prepare
from services.web.library.types import ChunkIn
from services.web.storage.chunks import ChunkWords, NewChunk


def wording(heading: str, text: str) -> str:
    """Heading path and text as one."""
    return f"{heading}\n{text}" if heading else text


def chunk_hash(heading: str, text: str) -> str:
    return hashlib.sha256(wording(heading, text).encode()).hexdigest()


def prepare_rows(words: Iterable[ChunkWords]) -> list[tuple[int, str]]:
    """(chunk id, prepared text) for the word index."""
    return [(w.chunk_id, prepare(wording(w.heading, w.text))) for w in words]


def cut(text: str, chunks: Sequence[ChunkIn]) -> Iterator[NewChunk]:
    """The chunks with their text and hash, made as they are taken. Raises BadRequest at once for spans outside the
    text, overlapping or out of order, and for a text that is not NFC."""
    if not unicodedata.is_normalized("NFC", text):
        raise BadRequest("text must be NFC", field="text")
    last_end = 0
    for place, chunk in enumerate(chunks):
        if chunk.ordinal != place or not last_end <= chunk.start < chunk.end <= len(text):
            raise BadRequest(f"chunk {place} has a span or ordinal that cannot be", ordinal=chunk.ordinal)
        last_end = chunk.end
    return (_new_chunk(chunk, text[chunk.start : chunk.end]) for chunk in chunks)


def _new_chunk(chunk: ChunkIn, said: str) -> NewChunk:
    return NewChunk(
        chunk.ordinal, chunk.start, chunk.end, chunk.page, chunk.heading, said, chunk_hash(chunk.heading, said)
    )
