"""Files made to hurt: each fails with a reason, soon and in little memory."""

import struct

import pytest

from services.ingest.document import ParseError
from tests.unit.ingest import documents
from tests.unit.ingest.reading import pages

BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{below};" * 10}">' for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def code_of(name: str, data: bytes, **limits: int) -> str:
    with pytest.raises(ParseError) as error:
        pages(name, data, **limits)
    return error.value.code


@pytest.mark.parametrize(("honest", "code"), [(True, "zip_bomb"), (False, "broken")])
def test_zip_bomb_by_ratio(honest: bool, code: str) -> None:
    blown = b"<w:document xmlns:w='w'>" + b" " * 60_000_000
    data = documents.zipped(("word/document.xml", blown))
    if not honest:  # the directory claims a small size
        data = data.replace(struct.pack("<I", len(blown)), struct.pack("<I", 1000))
    assert code_of("a.docx", data) == code


def test_zip_bomb_by_number_of_parts() -> None:
    members = [(f"x{number}", "") for number in range(2001)]
    assert code_of("a.docx", documents.zipped(*members), max_members=2000) == "zip_bomb"


def test_zip_bomb_in_a_spreadsheet() -> None:
    data = documents.zipped(("xl/workbook.xml", "<x/>"), ("xl/worksheets/sheet1.xml", b" " * 100_000_000))
    assert code_of("a.xlsx", data) == "zip_bomb"


def test_zip_bomb_in_a_hangul_document() -> None:
    data = documents.hwp([b"\0" * 60_000_000])
    assert code_of("a.hwp", data, max_unpacked_bytes=10_000_000) == "zip_bomb"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("a.docx", "word/document.xml"),
        ("a.odt", "content.xml"),
        ("a.hwpx", "Contents/section0.xml"),
        ("a.pptx", "ppt/presentation.xml"),
        ("a.epub", "META-INF/container.xml"),
        ("a.xlsx", "xl/workbook.xml"),
    ],
)
def test_entity_bomb(name: str, part: str) -> None:
    assert code_of(name, documents.zipped((part, BOMB + "]><x>&i;</x>"))) == "entity_bomb"


def test_deep_xml() -> None:
    data = documents.zipped(("word/document.xml", "<a>" * 100_000))
    assert code_of("a.docx", data) == "too_deep"


def test_pdf_of_a_hundred_thousand_pages() -> None:
    assert code_of("a.pdf", documents.many_pages(100_000)) == "too_many_pages"
