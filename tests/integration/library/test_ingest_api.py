"""What ingest tells over run/web.sock, and what becomes of it."""

import hashlib
from collections.abc import AsyncIterator, Callable

import pytest

from services.core.config import Config
from tests.integration.library.conftest import MINSU
from tests.integration.library.web import House, served

FILES = "/ingest/files/"


@pytest.fixture
async def house(make_config: Callable[..., Config]) -> AsyncIterator[House]:
    async with served(make_config()) as house:
        yield house


def facts(path: str, text: str, parser_version: str = "p1") -> dict[str, object]:
    sha = hashlib.sha256(text.encode()).hexdigest()
    return {"path": path, "sha256": sha, "size_bytes": len(text), "mtime_ns": 5, "parser_version": parser_version}


def chunks(text: str, parser_version: str = "p1") -> dict[str, object]:
    cut = [{"ordinal": 0, "start": 0, "end": len(text), "page": 3, "heading": "Rules"}] if text else []
    sha = hashlib.sha256(text.encode()).hexdigest()
    return {"sha256": sha, "parser_version": parser_version, "text": text, "chunks": cut}


async def put(house: House, path: str, text: str) -> str:
    answer = (await house.ingest.post(FILES, json=facts(path, text))).json()
    number = str(answer["document_id"])
    if answer["action"] == "parse":
        sent = await house.ingest.put(f"{FILES}{number}/chunks/", json=chunks(text))
        assert (sent.status_code, sent.content) == (204, b"")
    return number


async def test_one_file_from_first_sight_to_found(house: House) -> None:
    assert (await house.ingest.get("/ingest/health/")).status_code == 200
    registered = (await house.ingest.post(FILES, json=facts("shared/a.txt", "No shoes."))).json()
    assert registered["action"] == "parse"
    number = registered["document_id"]
    state = await house.ingest.post(
        f"{FILES}{number}/state/", json={"state": "parsing", "error": None, "progress": {"done": 1, "total": 4}}
    )
    assert state.status_code == 204
    told = house.shelf.told[-1]
    assert (told.state, told.progress and (told.progress.done, told.progress.total)) == ("parsing", (1, 4))
    await house.ingest.put(f"{FILES}{number}/chunks/", json=chunks("No shoes."))
    await house.shelf.settled()
    (hit,) = await house.shelf.library.search(MINSU, "shoes rules", k=3)
    assert (hit.document_id, hit.page, hit.heading, hit.text) == (number, 3, "Rules", "No shoes.")
    (known,) = (await house.ingest.get(FILES)).json()["files"]
    assert known == {**facts("shared/a.txt", "No shoes."), "state": "ready"}
    assert (await house.ingest.post(FILES, json=facts("shared/a.txt", "No shoes."))).json()["action"] == "known"


async def test_an_equal_file_elsewhere_is_neither_parsed_nor_embedded_again(house: House) -> None:
    await put(house, "minsu/a.txt", "The lease ends in May.")
    await house.shelf.settled()
    embedded = len(house.shelf.embedder.texts)
    second = (await house.ingest.post(FILES, json=facts("지우/b.txt", "The lease ends in May."))).json()
    assert second["action"] == "known"
    await house.shelf.settled()
    assert len(house.shelf.embedder.texts) == embedded
    assert (await house.shelf.library.chunk_count()) == 1


async def test_work_on_a_file_that_has_changed_is_refused(house: House) -> None:
    number = (await house.ingest.post(FILES, json=facts("minsu/a.txt", "one"))).json()["document_id"]
    await house.ingest.post(FILES, json=facts("minsu/a.txt", "two"))
    late = await house.ingest.put(f"{FILES}{number}/chunks/", json=chunks("one"))
    assert (late.status_code, late.json()["error"]["code"]) == (409, "conflict")
    gone = await house.ingest.put(f"{FILES}999/chunks/", json=chunks("one"))
    assert gone.status_code == 404


async def test_a_file_that_fails_says_why_and_is_not_found_any_more(house: House) -> None:
    number = await put(house, "minsu/a.pdf", "The lease ends in May.")
    await house.ingest.post(FILES, json=facts("minsu/a.pdf", "garbage"))
    error = {"code": "password", "message": "the file is protected by a password"}
    await house.ingest.post(f"{FILES}{number}/state/", json={"state": "failed", "error": error})
    document = await house.shelf.library.document(MINSU, int(number))
    assert (document.state, document.error and document.error.code, document.chunk_count) == ("failed", "password", 0)
    assert await house.shelf.library.search(MINSU, "lease", k=3) == []
    assert (await house.ingest.post(FILES, json=facts("minsu/a.pdf", "garbage"))).json()["action"] == "known"
    copy = (await house.ingest.post(FILES, json=facts("minsu/copy.pdf", "garbage"))).json()
    assert copy["action"] == "parse"  # another try is fair: it may have failed by its time limit


async def test_an_unsupported_file_is_unsupported_everywhere(house: House) -> None:
    number = (await house.ingest.post(FILES, json=facts("minsu/a.bin", "\x01"))).json()["document_id"]
    error = {"code": "unsupported", "message": "nothing here reads .bin"}
    await house.ingest.post(f"{FILES}{number}/state/", json={"state": "unsupported", "error": error})
    copy = (await house.ingest.post(FILES, json=facts("minsu/b.bin", "\x01"))).json()
    assert copy["action"] == "known"
    assert (await house.shelf.library.document(MINSU, int(copy["document_id"]))).state == "unsupported"


async def test_an_empty_file_is_ready(house: House) -> None:
    number = await put(house, "minsu/empty.txt", "")
    document = await house.shelf.library.document(MINSU, int(number))
    assert (document.state, document.chunk_count, document.error) == ("ready", 0, None)


async def test_moved_keeps_everything_and_changes_the_owner(house: House) -> None:
    number = await put(house, "minsu/a.txt", "The lease ends in May.")
    await house.shelf.settled()
    embedded = len(house.shelf.embedder.texts)
    moved = await house.ingest.post("/ingest/moved/", json={"from": "minsu/a.txt", "to": "shared/rules/b.txt"})
    assert moved.json() == {"document_id": number}
    document = await house.shelf.library.document(MINSU, int(number))
    assert (document.owner, document.collection, document.title, document.state) == (None, "rules", "b.txt", "ready")
    assert len(house.shelf.embedder.texts) == embedded
    again = await house.ingest.post("/ingest/moved/", json={"from": "minsu/a.txt", "to": "shared/rules/b.txt"})
    assert again.json() == {"document_id": number}
    lost = await house.ingest.post("/ingest/moved/", json={"from": "minsu/x.txt", "to": "minsu/y.txt"})
    assert lost.status_code == 404


async def test_removed_takes_everything_with_it(house: House) -> None:
    await put(house, "minsu/a.txt", "The lease ends in May.")
    await put(house, "minsu/b.txt", "The lease ends in May.")
    await house.shelf.settled()
    first = await house.ingest.post("/ingest/removed/", json={"paths": ["minsu/a.txt", "minsu/unknown.txt"]})
    assert first.status_code == 204
    assert (await house.shelf.library.chunk_count()) == 1  # b still says it
    await house.ingest.post("/ingest/removed/", json={"paths": ["minsu/b.txt"]})
    counts = await house.shelf.library.db.one(
        "SELECT (SELECT count(*) FROM chunks) + (SELECT count(*) FROM contents) + (SELECT count(*) FROM content_pieces)"
        " + (SELECT count(*) FROM vectors) + (SELECT count(*) FROM chunk_fts_docsize)"
        " + (SELECT count(*) FROM pending_chunks) + (SELECT count(*) FROM vec_index) AS n"
    )
    assert counts is not None
    assert counts["n"] == 0
    assert [d.title for d in house.shelf.gone] == ["a.txt", "b.txt"]


async def test_heartbeats_reach_the_house_and_hear_whether_to_rest(house: House) -> None:
    for queue in (2, 3):
        answer = await house.ingest.post("/ingest/heartbeat/", json={"pid": 12, "state": "working", "queue": queue})
        assert answer.status_code == 200
        assert answer.json() == {"busy": queue == 3, "rest": False}
    assert house.beats == [(12, "working", 2), (12, "working", 3)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (FILES, {"path": "a.txt"}),
        (FILES, facts("a.txt", "outside the folders")),
        (FILES, facts("minsu/../a.txt", "")),
        (FILES, facts("/etc/passwd", "")),
        (FILES, facts("minsu/\u1100\u1161.txt", "not NFC")),
        (f"{FILES}1/state/", {"state": "ready"}),
        (f"{FILES}1/state/", {"state": "parsing", "progress": {"done": 5, "total": 4}}),
        ("/ingest/heartbeat/", {"pid": -1, "state": "x", "queue": 0}),
    ],
)
async def test_malformed_words_are_refused(house: House, path: str, body: dict[str, object]) -> None:
    await put(house, "minsu/known.txt", "known")
    answer = await house.ingest.post(path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "spans", [[(0, 99)], [(3, 3)], [(4, 2)], [(0, 5), (4, 6)], [(-1, 2)]], ids=lambda s: str(s).replace(" ", "")
)
async def test_spans_that_cannot_be_are_refused_whole(house: House, spans: list[tuple[int, int]]) -> None:
    text = "No shoes."
    number = (await house.ingest.post(FILES, json=facts("minsu/a.txt", text))).json()["document_id"]
    cut = [{"ordinal": i, "start": a, "end": b, "page": None, "heading": ""} for i, (a, b) in enumerate(spans)]
    answer = await house.ingest.put(f"{FILES}{number}/chunks/", json={**chunks(text), "chunks": cut})
    assert answer.status_code == 400
    assert await house.shelf.library.chunk_count() == 0
    assert (await house.shelf.library.document(MINSU, int(number))).state == "queued"
