from services.web.chat.letters import answer_text, error_text
from services.web.library.asking import is_letter, subject_of
from services.web.library.paths import fitted
from services.web.storage.messages import Json

SOURCE: Json = {"n": 2, "title": "lease.pdf", "page": 3, "path": "minsu/lease.pdf", "text": "The rent\n is 640."}


def test_an_answer_names_its_sources() -> None:
    text = answer_text("It is 640 [2].\n", [SOURCE])
    assert text.startswith("It is 640 [2].\n\n---\n")
    assert text.endswith("2. lease.pdf, p. 3 (`minsu/lease.pdf`)\n   > The rent is 640.\n")
    assert answer_text("Hello ", []) == "Hello\n"


def test_an_error_is_said_in_both_languages_with_its_type() -> None:
    text = error_text("too_large", "at most 100")
    assert "너무 깁니다" in text
    assert "too long" in text
    assert "`too_large`: at most 100" in text
    assert "This could not be answered" in error_text("never_heard_of", "x")


def test_names_of_questions() -> None:
    assert is_letter("Bill.ASK.md")
    assert is_letter("bill.answer.md")
    assert is_letter("bill.error.md")
    assert not is_letter("task.md")
    assert subject_of("minsu/papers/bill.ask.md") == "bill"
    assert fitted("bill.ask.md", " (2)") == "bill (2).ask.md"
