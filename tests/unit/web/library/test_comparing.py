from services.web.library.comparing import DiffPart, closest, word_diff
from services.web.storage.chunks import Passage


def passages(*texts: str) -> list[Passage]:
    made: list[Passage] = []
    for i, text in enumerate(texts):
        start = made[-1].end + 2 if made else 0
        made.append(Passage(i + 1, 1, i, start, start + len(text), None, "", text))
    return made


def test_a_diff_is_cut_at_words_in_both_languages() -> None:
    assert word_diff("임대료는 월 64만 원입니다.", "임대료는 월 72만 원입니다.") == [
        DiffPart("equal", "임대료는 월 "),
        DiffPart("delete", "64만"),
        DiffPart("insert", "72만"),
        DiffPart("equal", " 원입니다."),
    ]
    assert word_diff("due on the third.", "") == [DiffPart("delete", "due on the third.")]
    assert word_diff("", "") == []


def test_the_passage_is_found_where_it_went() -> None:
    rent = "The rent of the flat is 640 crowns a month and is due on the third."
    chunks = passages("A preface about the house.", "Heating is the tenant's.", rent.replace("640", "720"))
    assert closest(chunks, rent, 0) == (chunks[2].start, chunks[2].end)


def test_neighbours_that_say_parts_of_it_belong_to_it() -> None:
    first, second = "The rent of the flat is 640 crowns a month.", "It is due on the third of every month, in cash."
    chunks = passages("Another matter altogether.", first, second, "Dogs sleep in the yard.")
    assert closest(chunks, f"{first} {second}", 30) == (chunks[1].start, chunks[2].end)


def test_a_text_that_is_another_one_is_shown_at_the_old_place() -> None:
    chunks = passages("Zebras graze.", "Quartz shines.", "Violins hum.")
    assert closest(chunks, "The rent is 640 crowns.", chunks[1].start) == (chunks[1].start, chunks[1].end)
    assert closest([], "The rent is 640 crowns.", 0) is None
