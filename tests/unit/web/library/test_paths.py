import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import BadRequest
from services.web.library.paths import (
    check_path,
    fitted,
    is_text,
    renamed,
    safe_folder,
    safe_name,
    text_title,
    upload_name,
)


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".a", "a/b", "a\\b", "a\x00", "a\nb", "~$a.docx", ".~lock.a", "a" * 256, "a."]
)
def test_unsafe_names_are_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        safe_name(name)


def test_names_are_nfc() -> None:
    assert safe_name(unicodedata.normalize("NFD", "계약서.pdf")) == "계약서.pdf"


@given(st.text(min_size=1, max_size=400))
def test_whatever_a_browser_calls_a_file_becomes_a_name_or_is_refused(filename: str) -> None:
    try:
        name = upload_name(filename)
    except BadRequest:
        return
    assert name == safe_name(name)
    assert "/" not in name
    assert len(name.encode()) <= 255


@given(st.text(alphabet="가a", min_size=200, max_size=300), st.integers(2, 9999))
def test_a_number_fits_before_the_suffix_without_cutting_a_character(stem: str, number: int) -> None:
    name = fitted(stem + ".pdf", f" ({number})")
    assert name.endswith(f" ({number}).pdf")
    assert len(name.encode()) <= 255
    assert stem.startswith(name.removesuffix(f" ({number}).pdf"))


def test_titles_get_a_suffix_of_text() -> None:
    assert text_title("notes") == "notes.txt"
    assert text_title("Report 3.5") == "Report 3.5.txt"
    assert text_title("readme.MD") == "readme.MD"
    assert renamed("a.pdf", "b") == "b.pdf"
    assert renamed("a.pdf", "b.PDF") == "b.PDF"
    assert (is_text("a.csv"), is_text("a.pdf")) == (True, False)


def test_folders() -> None:
    assert safe_folder("/trips//2025/") == "trips/2025"
    assert safe_folder("") == ""
    with pytest.raises(BadRequest):
        safe_folder("a/../b")


@pytest.mark.parametrize(
    "path", ["a.txt", "/minsu/a.txt", "minsu/", "minsu//a", "minsu/./a", "minsu/../a", "", "minsu/a\x00"]
)
def test_paths_outside_a_users_folder_are_refused(path: str) -> None:
    with pytest.raises(BadRequest):
        check_path(path)
