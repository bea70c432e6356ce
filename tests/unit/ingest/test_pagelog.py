import io

from services.ingest import pagelog
from services.ingest.document import Block, Kind, Page

PAGES = [Page((Block("하나", Kind.HEADING, 1), Block("둘", joiner="\n")), 0, 1, 1, 2), Page((), 1, 2, 2, 2)]


def test_what_was_written_is_read() -> None:
    log = io.BytesIO()
    for page in PAGES:
        pagelog.append(log, page)
    assert list(pagelog.replay(log)) == PAGES


def test_a_torn_page_is_cut_off_and_written_anew() -> None:
    log = io.BytesIO()
    pagelog.append(log, PAGES[0])
    whole = log.tell()
    pagelog.append(log, PAGES[1])
    log.truncate(log.tell() - 1)
    assert list(pagelog.replay(log)) == PAGES[:1]
    assert log.tell() == whole
    pagelog.append(log, PAGES[1])
    assert list(pagelog.replay(log)) == PAGES
