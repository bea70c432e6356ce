import json

import pytest

from services.ingest.document import Kind, NotTextError, ParseError
from tests.unit.ingest.reading import pages, text

KOREAN = "온돌은 방을 데운다.\n둘째 줄이다.\n\n다음 문단."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949", "euc-kr", "utf-32"]
)
def test_korean_in_every_encoding(encoding: str) -> None:
    source = (
        "Ondol: the warm floor of a Korean house, and its long history.\n\n" if "16-" in encoding else ""
    ) + KOREAN
    assert text("a.txt", source.encode(encoding)).endswith(KOREAN)


@pytest.mark.parametrize(
    ("encoding", "sample"),
    [
        ("shift_jis", "床暖房は部屋を下から暖める。とても暖かいです。冬の夜に最適です。" * 4),
        ("latin-1", "Le chauffage par le sol est très agréable en été comme en hiver, à Séoul. " * 4),
        ("gb18030", "地暖是从地板下面加热房间的一种方式,在韩国非常普遍。" * 6),
    ],
)
def test_other_encodings_are_not_taken_for_korean(encoding: str, sample: str) -> None:
    assert text("a.txt", sample.encode(encoding)) == sample.strip()


def test_decomposed_text_is_composed() -> None:
    assert text("a.txt", "e\u0301\r\n\u1112\u1161\u11ab") == "é\n한"


@pytest.mark.parametrize("data", [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"\x01\x02\x03" * 500])
def test_binary_is_not_text(data: bytes) -> None:
    with pytest.raises(NotTextError):
        pages("a.txt", data)


def test_unknown_kind_is_not_read() -> None:
    with pytest.raises(NotTextError):
        pages("film.mkv", b"text")


def test_a_line_of_five_megabytes() -> None:
    read = text("a.txt", "word " * 1_000_000)
    assert read.split() == ["word"] * 1_000_000


def test_steps_tell_how_far_they_are() -> None:
    data = ("a paragraph of text. " * 40 + "\n\n").encode() * 200
    read = pages("a.txt", data)
    assert [page.step for page in read] == list(range(len(read)))
    assert len(read) > 3
    assert read[0].done < read[-1].done == read[-1].total == len(data)


def test_markdown_headings_and_fences() -> None:
    source = "Title\n=====\n\ntext\n\n## Part *one* ##\n\n```\n# not a heading\n\ncode\n```\nmore\n\nSub\n---\n"
    blocks = [block for page in pages("a.md", source.encode()) for block in page.blocks]
    headings = [(block.level, block.text) for block in blocks if block.kind is Kind.HEADING]
    assert headings == [(1, "Title"), (2, "Part *one*"), (2, "Sub")]
    assert "# not a heading\n\ncode" in next(block.text for block in blocks if "code" in block.text)


def test_json_is_keys_and_values() -> None:
    data = {"a": {"b": [1, 2], "c": None}, "d": True, "rows": [{"n": "하나"}, {"n": "둘"}], "t": "줄\n둘"}
    read = text("a.json", json.dumps(data))
    assert read == "rows.n: 하나\n\nrows.n: 둘\n\na.b: 1, 2\nd: true\nt: 줄\n둘"


def test_json_of_great_depth_fails_cleanly() -> None:
    with pytest.raises(ParseError) as error:
        pages("a.json", b"[" * 100_000 + b"]" * 100_000)
    assert error.value.code == "too_deep"


def test_json_lines_under_either_name() -> None:
    lines = '{"a": 1}\n\n{"a": "둘"}\n'
    assert text("a.jsonl", lines) == text("a.json", lines) == "a: 1\na: 둘"


def test_broken_json_lines_tell_the_line() -> None:
    with pytest.raises(ParseError, match="line 2"):
        pages("a.jsonl", b'{"a": 1}\n{"a": \n')


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.csv", "이름,나이\n민수,41\n지수,39\n"),
        ("a.csv", "이름;나이\n민수;41\n지수;39\n"),
        ("a.tsv", "이름\t나이\n민수\t41\n지수\t39\n"),
    ],
)
def test_table_rows_carry_their_headers(name: str, source: str) -> None:
    assert text(name, source) == "이름: 민수; 나이: 41\n이름: 지수; 나이: 39"


def test_table_without_header() -> None:
    assert text("a.csv", "1,2\n3,4\n") == "1; 2\n3; 4"


def test_table_with_quotes_and_line_breaks() -> None:
    assert text("a.csv", 'name,note\nA,"one, two\nthree"\nB,\n') == "name: A; note: one, two three\nname: B"


def test_table_with_a_cell_of_fifty_megabytes_fails_cleanly() -> None:
    data = b'name,note\nA,"' + b"x" * 50_000_000 + b'"\n'
    with pytest.raises(ParseError) as error:
        pages("a.csv", data)
    assert error.value.code == "too_large"
