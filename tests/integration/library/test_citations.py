"""What a cited passage becomes when its document changes, moves, goes and comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from services.core.config import Config
from services.core.errors import NotFound
from services.web.chat.citations import ChangedDocuments, Citations, sealed
from services.web.chat.events import EventHub, SourceEvent, Viewer, session_topic
from services.web.chat.prompt import Passage, passages_of
from services.web.storage.database import Database, open_database
from services.web.storage.messages import StoredMessage, insert_message, select_message, update_message_context
from services.web.storage.sessions import insert_session
from services.web.storage.users import User, upsert_user
from tests.integration.library.conftest import MINSU, Shelf, opened

RENT = "The rent of the flat is 640 crowns a month and is due on the third."
HEATING = "Heating is paid by the tenant, who reads the meter each May."
LEASE = f"{RENT}\n\n{HEATING}\n\nPets are welcome."


class Desk:
    """A chat of minsu's, with an answer from the documents, and somebody who watches it."""

    def __init__(self, shelf: Shelf, people: Database, user: User, session_id: int) -> None:
        self.shelf = shelf
        self.people = people
        self.user = user
        self.session_id = session_id
        self.events = EventHub()
        self.changed = ChangedDocuments()
        self.citations = Citations(people, shelf.library.citing, self.events, self.changed)
        self.viewer = Viewer()
        self.events.subscribe(self.viewer, [session_topic(session_id)])

    async def answer(self, query: str) -> int:
        """Store an answer from what is found; its id."""
        hits = await self.shelf.library.search(self.user, query, k=3)
        passages = [
            Passage(n, h.document_id, h.title, h.chunk_id, h.page, h.start, h.end, h.text, h.score)
            for n, h in enumerate(hits, 1)
        ]
        assert passages
        sources = await sealed(self.shelf.library.citing, passages)
        async with self.people.write() as tx:
            message = await insert_message(tx, self.session_id, "assistant", "as it says [1]", "done", None)
            await update_message_context(tx, message, rag_context="x", sources=sources)
        return message

    async def sources(self, message: int) -> list[dict[str, Any]]:
        stored = await select_message(self.people, message)
        assert stored is not None
        assert len(passages_of(stored)) == len(stored.sources)
        return (await self.citations.views(self.user.username, [stored]))[0].sources

    async def first(self, message: int) -> dict[str, Any]:
        return (await self.sources(message))[0]

    async def diff(self, message: int, n: int = 1) -> dict[str, str]:
        stored = await select_message(self.people, message)
        assert stored is not None
        found = await self.citations.diff(self.user.username, stored, n)
        assert "".join(p.text for p in found.ops if p.op != "insert") == stored.sources[n - 1]["text"]
        return {op: "".join(p.text for p in found.ops if p.op == op) for op in ("equal", "delete", "insert")}

    async def told(self) -> SourceEvent:
        async with asyncio.timeout(5):
            event = await self.viewer.next()
        assert isinstance(event, SourceEvent)
        return event


@pytest.fixture
async def desk(make_config: Callable[..., Config], tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(make_config()) as shelf:
        people = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
        user = await upsert_user(people, MINSU.username)
        session = await insert_session(people, user.id, None, {})
        made = Desk(shelf, people, user, session.id)
        task = asyncio.create_task(made.citations.run())
        yield made
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await people.close()


async def test_an_untouched_source_is_current_and_sealed(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", LEASE)
    source = await desk.first(await desk.answer("rent of the flat"))
    assert source["status"] == "current"
    assert source["path"] == "minsu/lease.txt"
    assert len(source["sha256"]) == 64
    assert source["chunk_hashes"]


async def test_only_a_change_of_the_passage_itself_counts(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", LEASE)
    message = await desk.answer("rent of the flat")
    before = await desk.first(message)
    await desk.shelf.drop("minsu/lease.txt", LEASE.replace("welcome", "not allowed"))
    same = await desk.first(message)
    assert same["status"] == "current"
    assert same["chunk_id"] != before["chunk_id"]
    await desk.shelf.drop("minsu/lease.txt", LEASE.replace("640", "720"))
    assert (await desk.first(message))["status"] == "changed"


async def test_a_passage_cut_elsewhere_is_still_the_same(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", LEASE, pieces=[RENT])
    message = await desk.answer("rent of the flat")
    longer = "A preface was added.\n\n" + LEASE
    await desk.shelf.drop("minsu/lease.txt", longer, pieces=[longer[:40], longer[40:]])
    source = await desk.first(message)
    assert source["status"] == "current"
    place = await desk.shelf.library.surroundings(desk.user, int(source["document_id"]), int(source["chunk_id"]))
    assert "640 crowns" in place.before + place.text + place.after


async def test_the_diff_shows_the_words_that_changed(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", LEASE, pieces=[RENT, HEATING])
    message = await desk.answer("rent of the flat")
    moved = f"{HEATING}\n\n{RENT.replace('640', '720')}"
    await desk.shelf.drop("minsu/lease.txt", moved, pieces=moved.split("\n\n"))
    parts = await desk.diff(message)
    assert (parts["delete"], parts["insert"]) == ("640", "720")
    with pytest.raises(NotFound):
        await desk.citations.diff(desk.user.username, await _stored(desk, message), 9)


async def _stored(desk: Desk, message: int) -> StoredMessage:
    stored = await select_message(desk.people, message)
    assert stored is not None
    return stored


async def test_deleted_restored_and_moved_to_somebody_else(desk: Desk) -> None:
    document = await desk.shelf.drop("minsu/lease.txt", LEASE)
    message = await desk.answer("rent of the flat")
    await desk.shelf.library.removed(["minsu/lease.txt"])
    assert (await desk.first(message))["status"] == "deleted"
    assert (await desk.diff(message))["insert"] == ""
    again = await desk.shelf.drop("minsu/lease.txt", LEASE)
    back = await desk.first(message)
    assert (back["status"], back["document_id"]) == ("current", str(again))
    assert again != document
    await desk.shelf.library.ingestion.moved("minsu/lease.txt", "minsu/papers/lease of 2026.txt")
    renamed = await desk.first(message)
    assert (renamed["status"], renamed["title"]) == ("current", "lease of 2026.txt")
    await desk.shelf.library.ingestion.moved("minsu/papers/lease of 2026.txt", "지우/lease.txt")
    assert (await desk.first(message))["status"] == "deleted"


async def test_a_renamed_document_is_the_same_document(desk: Desk) -> None:
    document = await desk.shelf.drop("minsu/lease.txt", LEASE)
    message = await desk.answer("rent of the flat")
    await desk.shelf.library.ingestion.moved("minsu/lease.txt", "shared/flat.txt")
    source = await desk.first(message)
    assert (source["status"], source["document_id"], source["title"]) == ("current", str(document), "flat.txt")


async def test_answers_from_before_there_were_hashes(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", LEASE)
    message = await desk.answer("rent of the flat")
    stored = await _stored(desk, message)
    old = [{k: v for k, v in s.items() if k not in ("path", "sha256", "chunk_hashes")} for s in stored.sources]
    async with desk.people.write() as tx:
        await update_message_context(tx, message, rag_context="x", sources=old)
    assert (await desk.first(message))["status"] == "current"
    await desk.shelf.drop("minsu/lease.txt", LEASE.replace("640", "720"))
    assert (await desk.first(message))["status"] == "changed"
    await desk.shelf.library.removed(["minsu/lease.txt"])
    assert (await desk.first(message))["status"] == "deleted"


async def test_who_watches_the_chat_is_told_once(desk: Desk) -> None:
    document = await desk.shelf.drop("minsu/lease.txt", LEASE)
    message = await desk.answer("rent of the flat")
    library = desk.shelf.library

    async def happened() -> None:
        desk.changed.add(desk.shelf.told[-1])

    await desk.shelf.drop("minsu/lease.txt", LEASE.replace("640", "720"))
    await happened()
    event = await desk.told()
    assert (type(event).__name__, event.message_id, event.n) == ("SourceChanged", message, 1)
    assert (event.document_id, event.session_id) == (str(document), str(desk.session_id))
    assert event.source["status"] == "changed"
    await happened()  # nothing new: the next event is of the next change
    await library.removed(["minsu/lease.txt"])
    desk.changed.add(desk.shelf.gone[-1])
    assert type(await desk.told()).__name__ == "SourceDeleted"
    await desk.shelf.drop("minsu/lease.txt", LEASE)
    await happened()
    assert type(await desk.told()).__name__ == "SourceRestored"


async def test_a_passage_across_the_pieces_of_a_long_text_is_found(desk: Desk) -> None:
    filler = "".join(f"Line {i} of the long book says nothing of note.\n" for i in range(343)) + "x" * 20
    text = f"{filler}\n\n{RENT}\n\n{filler}"
    assert len(filler) < 16_384 < len(filler) + 2 + len(RENT)
    await desk.shelf.drop("minsu/book.txt", text, pieces=[filler, RENT])
    message = await desk.answer("rent of the flat crowns")
    await desk.shelf.drop("minsu/book.txt", text + "An end.", pieces=[filler[:5000], text[5000:]])
    assert (await desk.first(message))["status"] == "current"
