import unicodedata
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.chunking import MAX_TOKENS, Chunk, lay_out
from services.ingest.document import Block, Kind, block, clean
from services.ingest.tokens import estimate

WORDS = st.sampled_from(
    [
        "온돌은",
        "방바닥을",
        "데웁니다.",
        "갔어요.",
        "그랬을까?",
        "The",
        "house.",
        "is",
        "warm!",
        "3.5",
        "제12조",
        "漢字",
        "e\u0301",
    ]
)
LINES = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
TEXTS = st.one_of(LINES, st.text(min_size=1, max_size=400), st.lists(LINES, max_size=8).map("\n".join))
KINDS = st.sampled_from([Kind.PARAGRAPH, Kind.PARAGRAPH, Kind.HEADING, Kind.ROW])
PAGES = st.one_of(st.none(), st.integers(1, 3))


def _block(text: str, kind: Kind, level: int, joiner: str) -> Block | None:
    return block(text, kind, level, joiner)


BLOCKS = st.lists(
    st.builds(_block, TEXTS, KINDS, st.integers(1, 6), st.sampled_from(["\n", "\n\n"])).filter(
        lambda made: made is not None
    ),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(BLOCKS, st.integers(32, 480), st.booleans())
def test_passages_and_gaps_make_up_the_text(blocks: list[Block], target: int, paged: bool) -> None:
    placed = [(made, 1 + index // 3 if paged else None) for index, made in enumerate(blocks)]
    text, chunks = lay_out(placed, target)
    rebuilt, position = "", 0
    for ordinal, chunk in enumerate(chunks):
        gap = text[position : chunk.start]
        assert chunk.ordinal == ordinal
        assert position <= chunk.start < chunk.end <= len(text)
        assert gap.strip() == ""
        rebuilt += gap + text[chunk.start : chunk.end]
        position = chunk.end
    assert text[position:].strip() == ""
    assert rebuilt + text[position:] == text


@settings(max_examples=200, deadline=None)
@given(BLOCKS, st.integers(32, 480))
def test_no_passage_is_longer_than_the_embedder_reads(blocks: list[Block], target: int) -> None:
    text, chunks = lay_out([(made, None) for made in blocks], target)
    assert all(estimate(text[chunk.start : chunk.end]) <= MAX_TOKENS + 1 for chunk in chunks)


@given(st.text(max_size=300))
def test_clean_text_is_nfc_without_controls(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert all(char in "\n\t" or unicodedata.category(char) != "Cs" for char in cleaned)
    assert not set(cleaned) & set("\x00\x0b\x1b\r")
    assert cleaned.encode("utf-8").decode() == cleaned


def _sections() -> list[tuple[Block, int | None]]:
    made: list[tuple[Block, int | None]] = []
    for chapter in range(3):
        made.append((Block(f"Chapter {chapter}", Kind.HEADING, 1), None))
        for part in range(3):
            made.append((Block(f"Part {part}", Kind.HEADING, 2), None))
            made.append((Block(f"Words of {chapter}.{part}. " + "A warm floor lasts long. " * 30), None))
    return made


def test_heading_path_and_headings_stay_with_their_text() -> None:
    text, chunks = lay_out(_sections(), 256)
    paths = [chunk.heading for chunk in chunks]
    assert "Chapter 1 › Part 2" in paths
    assert all(not text[chunk.start : chunk.end].rstrip().endswith(("Part 1", "Chapter 2")) for chunk in chunks)
    with_heading = next(chunk for chunk in chunks if chunk.heading == "Chapter 2 › Part 0")
    assert text[with_heading.start :].startswith("Chapter 2\n\nPart 0\n\nWords of 2.0.")


def test_pages_are_not_mixed() -> None:
    text, chunks = lay_out([(Block("one"), 1), (Block("two"), 1), (Block("three"), 2)], 256)
    assert [(text[chunk.start : chunk.end], chunk.page) for chunk in chunks] == [("one\n\ntwo", 1), ("three", 2)]


def _lines(edited: int | None) -> list[tuple[Block, int | None]]:
    def line(number: int) -> str:
        extra = " and a few words that were not there before, which move all that follows" if number == edited else ""
        return f"Line {number} tells of {number * 7919 % 1013} warm stones{extra}."

    return [(Block(line(number), joiner="\n"), None) for number in range(3000)]


def _passages(text: str, chunks: list[Chunk]) -> set[str]:
    return {text[chunk.start : chunk.end] for chunk in chunks}


def test_one_edited_line_changes_few_passages() -> None:
    before, after = _passages(*lay_out(_lines(None), 256)), _passages(*lay_out(_lines(1000), 256))
    assert len(before) > 100
    assert len(after - before) <= 4


def test_size_is_near_the_target() -> None:
    text, chunks = lay_out(_lines(None), 256)
    sizes = [estimate(text[chunk.start : chunk.end]) for chunk in chunks]
    assert 128 <= sum(sizes) / len(sizes) <= 256
    assert all(left.end <= right.start for left, right in pairwise(chunks))
