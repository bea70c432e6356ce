import pytest

from services.ingest.ignore import IgnoreList


@pytest.mark.parametrize(
    "path",
    [
        "shared/.hidden",
        "shared/.git/config.txt",
        "shared/~$report.docx",
        "shared/film.mkv.part",
        "shared/Film.PDF.CRDOWNLOAD",
        "shared/x.tmp",
        "shared/.x.swp",
        "shared/@eaDir/a.txt",
        "minsu/.stfolder/a.txt",
        "minsu/.~lock.a.odt#",
        "minsu/Thumbs.db",
        "minsu/Desktop.ini",
        "minsu/question.ask.md",
        "minsu/question.answer.md",
        "minsu/question.error.md",
    ],
)
def test_passed_over(path: str) -> None:
    assert IgnoreList().path(path)


@pytest.mark.parametrize(
    "path", ["shared/a.txt", "minsu/집/계약서.pdf", "shared/ask.md", "shared/part/x.md", "shared/a~b.txt"]
)
def test_read(path: str) -> None:
    assert not IgnoreList().path(path)


def test_settings_add_patterns_for_names_and_paths() -> None:
    ignore = IgnoreList(["*.BAK", "minsu/drafts/*"])
    assert ignore.path("shared/x.bak")
    assert ignore.path("minsu/drafts/a.txt")
    assert not ignore.path("jisoo/drafts/a.txt")
