"""What counts as found, and when a test is due."""

from datetime import UTC, datetime, timedelta

from services.web.chat.pins import targets_of
from services.web.chat.selftest import Asked, due, rank_of, summed_up
from services.web.library.citing import Standing
from services.web.library.types import AlsoIn, Hit, PassageHit
from services.web.storage.messages import Json
from services.web.storage.pins import Pin
from services.web.storage.selftests import Pinner
from services.web.storage.users import User

RENT = "The rent of the flat is 640 crowns a month and is due on the third."
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def hit(document: str, text: str, more: str = "", also: str = "") -> Hit:
    others = (PassageHit("9", more, 0.1, None, 0, 1, ""),) if more else ()
    copies = (AlsoIn(also, "copy"),) if also else ()
    return Hit(document, "t", "1", text, 1.0, None, 0, 1, "", others, copies)


def source(n: int, text: str = RENT) -> Json:
    return {"n": n, "document_id": str(n), "chunk_id": "1", "title": f"{n}.txt", "start": 0, "end": 9, "text": text}


def test_an_answer_is_pinned_to_the_passages_it_names() -> None:
    sources = [source(1), source(2), source(3)]
    assert [one["n"] for one in targets_of("It is due [3], see also [1] and [9].", sources)] == [1, 3]
    assert [one["n"] for one in targets_of("It is due on the third.", sources)] == [1]


def test_found_is_the_document_with_its_passage() -> None:
    here = [(source(7), Standing("current", "7", "1", "7.txt"))]
    assert rank_of([hit("3", "x"), hit("7", RENT)], here) == 1
    assert rank_of([hit("7", "Heating is paid by the tenant.", more=RENT)], here) == 0
    assert rank_of([hit("7", "Heating is paid by the tenant, who reads the meter.")], here) is None
    assert rank_of([hit("3", RENT, also="7")], here) == 0
    assert rank_of([], here) is None


def test_of_a_reworded_passage_the_document_counts() -> None:
    changed = [(source(7), Standing("changed", "7", "1", "7.txt"))]
    assert rank_of([hit("7", "Heating is paid by the tenant.")], changed) == 0


def test_a_deleted_document_is_named_and_does_not_lower_the_share() -> None:
    pins = [Pin(i, 1, f"q{i}", "", [source(1)]) for i in range(5)]
    ranks = [(0, False), (2, False), (None, False), (None, True)]
    outcomes = [Asked(p, rank, deleted, None) for p, (rank, deleted) in zip(pins, ranks, strict=False)]
    result = summed_up(outcomes, pins=5, k=4, reason="asked", duration_s=0.5, setup="s")
    assert (result.tested, result.skipped) == (3, 1)
    assert (result.recall_at_1, result.recall_at_k) == (0.3333, 0.6667)
    assert [(one.question, one.reason) for one in result.lost] == [("q2", "not_found"), ("q3", "deleted")]
    assert summed_up([], pins=0, k=4, reason="asked", duration_s=0, setup="s").recall_at_k is None


def test_when_a_test_is_due() -> None:
    def pinner(newest_pin: str, setup: str | None = "s", ago: timedelta | None = timedelta(hours=1)) -> Pinner:
        ran_at = None if ago is None else (NOW - ago).isoformat().replace("+00:00", "Z")
        return Pinner(User(1, "minsu", ""), newest_pin, setup, ran_at)

    old, new = "2026-11-20T00:00:00.000Z", "2026-11-22T11:59:00.000Z"
    assert due(pinner(old), "s", NOW) is None
    assert due(pinner(old, None, None), "s", NOW) == "pinned"
    assert due(pinner(new), "s", NOW) == "pinned"
    assert due(pinner(old), "another embedder", NOW) == "changed"
    assert due(pinner(old, ago=timedelta(days=1)), "s", NOW) == "daily"
