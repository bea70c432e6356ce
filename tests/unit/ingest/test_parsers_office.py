import datetime
import io

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
import pytest
from pypdf import PdfReader, PdfWriter

from services.ingest.document import Kind, NotTextError, ParseError
from tests.unit.ingest import documents
from tests.unit.ingest.reading import pages, text


def headings(name: str, data: bytes) -> list[tuple[int, str]]:
    found = [block for page in pages(name, data) for block in page.blocks]
    return [(block.level, block.text) for block in found if block.kind is Kind.HEADING]


def word_document() -> bytes:
    made = docx.Document()
    made.add_heading("임대차 계약서", 0)
    made.add_heading("제1조 목적", 1)
    made.add_paragraph("보증금은 ").add_run("천만 원").bold = True
    table = made.add_table(rows=2, cols=2)
    for row, names in zip(table.rows, (("항목", "금액"), ("월세", "850,000원")), strict=True):
        for cell, name in zip(row.cells, names, strict=True):
            cell.text = name
    made.add_paragraph("끝.")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_word_document() -> None:
    data = word_document()
    assert text("계약.docx", data) == (
        "임대차 계약서\n\n제1조 목적\n\n보증금은 천만 원\n항목 | 금액\n월세 | 850,000원\n\n끝."
    )
    assert headings("계약.docx", data) == [(1, "임대차 계약서"), (1, "제1조 목적")]


def test_presentation_with_notes() -> None:
    made = pptx.Presentation()
    for title in ("첫 장", "둘째 장"):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"{title}의 내용"
        slide.notes_slide.notes_text_frame.text = f"{title}의 노트"
    out = io.BytesIO()
    made.save(out)
    read = pages("a.pptx", out.getvalue())
    assert [page.number for page in read] == [1, 2]
    assert [block.text for block in read[1].blocks] == ["둘째 장", "둘째 장의 내용", "둘째 장의 노트"]
    assert read[1].blocks[0].kind is Kind.HEADING


def test_spreadsheet() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "가계부"
    sheet.append(["날짜", "항목", "금액"])
    sheet.append([datetime.date(2026, 11, 22), "쌀", 45000.0])
    sheet.append([None, None, None])
    sheet.append(
        [
            datetime.datetime(2026, 11, 23, 9, 30),  # noqa: DTZ001  # spreadsheets know no zones
            "차",
            1.5,
        ]
    )
    book.create_sheet("둘").append([1, 2])
    out = io.BytesIO()
    book.save(out)
    assert text("a.xlsx", out.getvalue()) == (
        "가계부\n날짜: 2026-11-22; 항목: 쌀; 금액: 45000\n날짜: 2026-11-23T09:30:00; 항목: 차; 금액: 1.5\n\n둘\n1; 2"
    )


def test_open_document_text() -> None:
    body = (
        '<text:h text:outline-level="2">제목</text:h><text:p>하나<text:s text:c="2"/>둘<text:line-break/>셋</text:p>'
        "<table:table><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell>"
        "<table:table-cell><text:p>B</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert text("a.odt", documents.odf(body)) == "제목\n\n하나  둘\n셋\nA | B"
    assert headings("a.odt", documents.odf(body)) == [(2, "제목")]


def test_open_document_slides_and_sheets() -> None:
    slides = documents.odf("<draw:page><text:p>one</text:p></draw:page><draw:page><text:p>two</text:p></draw:page>")
    assert [(page.number, page.blocks[0].text) for page in pages("a.odp", slides)] == [(1, "one"), (2, "two")]
    row = "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    assert text("a.ods", documents.odf(f'<table:table table:name="표">{row}</table:table>')) == "표\nx"


def test_book() -> None:
    data = documents.epub("<h1>하나</h1><p>첫 장.</p>", "<h1>둘</h1><p>둘째&nbsp;장.</p>")
    assert text("a.epub", data) == "하나\n\n첫 장.\n\n둘\n\n둘째 장."


def test_hangul_documents() -> None:
    table = "<hp:tbl><hp:tr><hp:tc><hp:p><hp:run><hp:t>칸</hp:t></hp:run></hp:p></hp:tc></hp:tr></hp:tbl>"
    data = documents.hwpx(f"<hp:p><hp:run><hp:t>공문<hp:lineBreak/>둘째 줄</hp:t></hp:run></hp:p><hp:p>{table}</hp:p>")
    assert text("a.hwpx", data) == "공문\n둘째 줄\n칸"
    control = "\x0b".encode("utf-16-le") + b"\x20lbt" + b"\0" * 8 + "\x0b".encode("utf-16-le")
    old = documents.hwp([control + "공문\r".encode("utf-16-le"), "온돌 안내 ".encode("utf-16-le") * 900])
    assert text("a.hwp", old) == "공문\n\n" + ("온돌 안내 " * 900).strip()


@pytest.mark.parametrize(("flags", "code"), [(3, "password"), (5, "password")])
def test_protected_hangul_document(flags: int, code: str) -> None:
    with pytest.raises(ParseError) as error:
        pages("a.hwp", documents.hwp([b"x\0"], flags))
    assert error.value.code == code


def test_pdf_pages() -> None:
    read = pages("a.pdf", documents.pdf([["First page", "second line"], [], ["Third page"]]))
    assert [(page.number, page.done, page.total) for page in read] == [(1, 1, 3), (2, 2, 3), (3, 3, 3)]
    assert [[block.text for block in page.blocks] for page in read] == [["First page\nsecond line"], [], ["Third page"]]


def test_pdf_of_pictures_is_told_apart() -> None:
    with pytest.raises(NotTextError):
        pages("a.pdf", documents.pdf([[], []]))


def test_pdf_with_password() -> None:
    writer = PdfWriter(PdfReader(io.BytesIO(documents.pdf([["secret"]]))))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(ParseError) as error:
        pages("a.pdf", out.getvalue())
    assert error.value.code == "password"


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.odt", "a.epub", "a.hwpx", "a.hwp", "a.pdf"])
@pytest.mark.parametrize("data", [b"", b"no document at all", b"PK\x03\x04" + b"\0" * 100])
def test_damage_is_told(name: str, data: bytes) -> None:
    with pytest.raises(ParseError) as error:
        pages(name, data)
    assert error.value.code == "broken"


def test_truncated_word_document() -> None:
    with pytest.raises(ParseError) as error:
        pages("a.docx", word_document()[:-2000])
    assert error.value.code == "broken"


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.odt"])
def test_office_password_container(name: str) -> None:
    with pytest.raises(ParseError) as error:
        pages(name, documents.ole({"EncryptedPackage": b"x"}, {}))
    assert error.value.code == "password"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", documents.pdf([["one"], ["two"], ["three"]])),
        ("a.epub", documents.epub("<p>one</p>", "<p>two</p>", "<p>three</p>")),
    ],
)
def test_reading_goes_on_behind_the_steps_already_read(name: str, data: bytes) -> None:
    assert pages(name, data, skip=2) == pages(name, data)[2:]
