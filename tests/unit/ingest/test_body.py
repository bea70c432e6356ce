import io
import json

import pytest

from services.ingest.body import BodyWriter
from services.ingest.chunking import lay_out
from services.ingest.document import Block, ParseError

BLOCKS = [Block('"온돌"은\t\\따뜻하다. \u0041\U0001f525'), Block("둘째.", joiner="\n"), Block("Third. " * 300)]


def test_body_is_what_the_pure_functions_say() -> None:
    out = io.BytesIO()
    writer = BodyWriter(out, "ab", "text-1", 64, 100_000)
    for number, block in enumerate(BLOCKS):
        writer.add([block], number + 1)
    count = writer.finish()
    told = json.loads(out.getvalue())
    text, chunks = lay_out([(block, number + 1) for number, block in enumerate(BLOCKS)], 64)
    assert (told["sha256"], told["parser_version"], told["text"]) == ("ab", "text-1", text)
    assert [(chunk["ordinal"], chunk["start"], chunk["end"], chunk["page"]) for chunk in told["chunks"]] == [
        (chunk.ordinal, chunk.start, chunk.end, chunk.page) for chunk in chunks
    ]
    assert count == len(chunks) > 3
    assert writer.chars == len(text)


def test_too_much_text() -> None:
    writer = BodyWriter(io.BytesIO(), "ab", "text-1", 64, 10)
    with pytest.raises(ParseError) as error:
        writer.add([Block("x" * 11)], None)
    assert error.value.code == "too_much_text"
