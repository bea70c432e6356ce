from services.ingest.ledger import Entry, Ledger
from services.ingest.stability import Stat

STAT = Stat(10, 1)


def entry(sha: str = "s", state: str = "ready", version: str = "1", size: int = 10) -> Entry:
    return Entry(sha, Stat(size, 1), state, version)


def ledger(**entries: Entry) -> Ledger:
    made = Ledger(lambda path: "1", 2.0)
    for name, known in entries.items():
        made.put(f"shared/{name}", known)
    return made


def test_current_means_same_state_read_to_its_end() -> None:
    book = ledger(a=entry(), b=entry(state="parsing"))
    assert book.is_current("shared/a", STAT)
    assert not book.is_current("shared/a", Stat(11, 1))
    assert not book.is_current("shared/b", STAT)
    assert not book.is_current("shared/c", STAT)


def test_another_parser_version_is_outdated() -> None:
    book = ledger(a=entry(version="0"), b=entry())
    assert book.is_outdated("shared/a")
    assert not book.is_outdated("shared/b")


def test_removal_waits_for_its_grace() -> None:
    book = ledger(a=entry())
    book.gone("shared/a", 5.0)
    assert book.removals(6.9, set()) == []
    assert book.next_removal() == 7.0
    assert book.removals(7.0, set()) == ["shared/a"]


def test_removal_waits_for_an_unread_file_of_its_size() -> None:
    book = ledger(a=entry())
    book.gone("shared/a", 0.0)
    assert book.removals(9.0, {10}) == []
    assert book.removals(9.0, {11}) == ["shared/a"]


def test_a_vanished_file_is_found_by_its_content() -> None:
    book = ledger(a=entry("x"), b=entry("y"))
    book.gone("shared/a", 0.0)
    assert book.misses_size(10)
    assert book.source_of("x", 10) == "shared/a"
    assert book.source_of("y", 10) is None
    book.drop("shared/a")
    assert not book.misses_size(10)
    assert book.source_of("x", 10) is None


def test_a_folder_takes_all_below_it() -> None:
    book = Ledger(lambda path: "1", 2.0)
    for path in ("shared/a/1", "shared/a/b/2", "shared/ab/3"):
        book.put(path, entry())
    book.gone("shared/a", 0.0)
    assert book.removals(9.0, set()) == ["shared/a/1", "shared/a/b/2"]


def test_what_comes_back_is_not_removed() -> None:
    book = ledger(a=entry())
    book.gone("shared/a", 0.0)
    book.back("shared/a")
    assert book.removals(9.0, set()) == []
    assert not book.misses_size(10)


def test_what_cannot_be_looked_into_is_kept() -> None:
    book = Ledger(lambda path: "1", 2.0)
    for path in ("shared/locked/1", "shared/2"):
        book.put(path, entry())
        book.gone(path, 0.0)
    book.excuse(["shared/locked"])
    assert book.removals(9.0, set()) == ["shared/2"]
