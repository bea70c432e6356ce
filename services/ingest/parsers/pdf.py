"""PDF, read by PDFium page by page, straight from the open file."""

from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped]

from services.ingest.document import Block, Limits, NotTextError, Page, ParseError, Source, block


def _lines(text: str) -> Iterator[Block]:
    """One block for each run of lines; PDFium marks a hyphen at a line's end with U+FFFE or U+0002."""
    text = text.replace("\r\n", "\n").replace("\ufffe\n", "").replace("\x02\n", "").replace("\ufffe", "")
    for part in text.split("\n\n"):
        made = block(part)
        if made:
            yield made


def parse_pdf(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """Page numbers count from 1 whatever is printed on them.

    Raises ParseError, and NotTextError for a document that is pictures only.
    """
    source.file.seek(0)
    try:
        document = pypdfium2.PdfDocument(source.file)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ParseError("password", "the file is protected by a password") from None
        raise ParseError("broken", f"the PDF is damaged: {error}") from None
    try:
        yield from _pages(document, limits, skip)
    finally:
        document.close()


def _pages(document: pypdfium2.PdfDocument, limits: Limits, skip: int) -> Iterator[Page]:
    total = len(document)
    if total > limits.max_pages:
        raise ParseError("too_many_pages", f"the PDF has {total} pages; {limits.max_pages} are read at most")
    found = skip > 0
    for step in range(skip, total):
        blocks = tuple(_lines(_text(document, step)))
        found = found or bool(blocks)
        yield Page(blocks, step, step + 1, step + 1, total)
    if total and not found:
        raise NotTextError("the PDF holds pictures of pages and no text")


def _text(document: pypdfium2.PdfDocument, step: int) -> str:
    """Text of one page; a page that is damaged has none."""
    try:
        page = document[step]
    except pypdfium2.PdfiumError:
        return ""
    try:
        reader = page.get_textpage()
        text = str(reader.get_text_bounded())
        reader.close()
    except pypdfium2.PdfiumError:
        return ""
    finally:
        page.close()
    return text
