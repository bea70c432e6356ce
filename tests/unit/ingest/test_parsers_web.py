from email.message import EmailMessage

from services.ingest.document import Kind
from tests.unit.ingest.reading import pages, text

PAGE = """<!doctype html><html><head><meta charset="{charset}"><title>온돌 안내</title>
<style>p {{color: red}}</style><script>var x = "<p>no</p>";</script></head><body><nav><a>menu</a></nav>
<h2>제1장 &amp; 서론</h2><p>첫   번째<br>줄<b>바꿈</b></p><ul><li>하나<li>둘</ul>
<table><tr><th>이름<th>나이</tr><tr><td>민수</td><td><p>41</p></td></tr></table><pre>a
  b</pre></body></html>"""
READ = "온돌 안내\n\n제1장 & 서론\n\n첫 번째\n줄바꿈\n\n하나\n\n둘\n이름 | 나이\n민수 | 41\n\na\n  b"


def test_page_in_two_encodings() -> None:
    for charset in ("utf-8", "euc-kr"):
        data = PAGE.format(charset=charset).encode(charset)
        assert text("a.html", data) == READ
    heading = [block for page in pages("a.html", data) for block in page.blocks if block.kind is Kind.HEADING]
    assert [(block.level, block.text) for block in heading] == [(2, "제1장 & 서론")]


def test_unclosed_and_deep_markup() -> None:
    assert text("a.html", "<div>" * 50_000 + "deep" + "<p>next<p>last") == "deep\n\nnext\n\nlast"


def test_a_million_tags() -> None:
    read = text("a.html", "<b>x</b> " * 500_000)
    assert read.count("x") == 500_000


def mail(html: bool) -> bytes:
    message = EmailMessage()
    message["Subject"] = "회의 안내"
    message["From"] = "민수 <minsu@example.org>"
    message["To"] = "jisoo@example.org"
    message.set_content("내일 세 시에 봅시다.\n\n민수 드림")
    if html:
        message.clear_content()
        message.set_content("<p>내일 <b>세 시</b></p>", subtype="html")
        message.add_attachment(b"123", maintype="application", subtype="pdf", filename="계약.pdf")
    return bytes(message)


def test_mail() -> None:
    assert text("a.eml", mail(html=False)) == (
        "회의 안내\n\nFrom: 민수 <minsu@example.org>\nTo: jisoo@example.org\n\n내일 세 시에 봅시다.\n\n민수 드림"
    )
    assert text("a.eml", mail(html=True)).endswith("Attachments: 계약.pdf\n\n내일 세 시")


def test_subtitles() -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,500\n<i>안녕</i>\n하세요\n\n2\n00:00:03,000 --> 00:00:04,000\n또 봐요\n"
    vtt = "WEBVTT\n\nNOTE\n\n00:01.000 --> 00:02.000 align:start\n안녕 하세요\n\n00:03.000 --> 00:04.000\n<v M>또 봐요"
    assert text("a.srt", srt) == text("a.vtt", vtt) == "안녕 하세요\n또 봐요"
