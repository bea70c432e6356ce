"""Pins, asked again on a real library: what is found, what is lost, before and after."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.core.config import Config
from services.core.errors import BadRequest
from services.web.chat.citations import sealed
from services.web.chat.pins import pin, unpin
from services.web.chat.prompt import Passage
from services.web.chat.selftest import SelfTest
from services.web.storage.database import Database, open_database
from services.web.storage.facts import upsert_fact
from services.web.storage.messages import StoredMessage, insert_message, select_message, update_message_context
from services.web.storage.pins import select_pins
from services.web.storage.runs import insert_run
from services.web.storage.selftests import KEPT, select_selftests
from services.web.storage.sessions import delete_session, insert_session
from services.web.storage.users import User, upsert_user
from tests.integration.library.conftest import JIWOO, MINSU, Shelf, opened

RENT = "The rent of the flat is 640 crowns a month and is due on the third."


class Desk:
    def __init__(self, shelf: Shelf, people: Database, user: User, session_id: int) -> None:
        self.shelf = shelf
        self.people = people
        self.user = user
        self.session_id = session_id
        self.busy = False
        self.selftest = SelfTest(people, shelf.library, 4, lambda: self.busy)

    async def answer(self, question: str, said: str = "as it says [1]") -> StoredMessage:
        hits = await self.shelf.library.search(self.user, question, k=3)
        passages = [
            Passage(n, h.document_id, h.title, h.chunk_id, h.page, h.start, h.end, h.text, h.score)
            for n, h in enumerate(hits, 1)
        ]
        sources = await sealed(self.shelf.library.citing, passages)
        async with self.people.write() as tx:
            asked = await insert_message(tx, self.session_id, "user", question, "done", None)
            made = await insert_message(tx, self.session_id, "assistant", said, "done", f"r{asked}")
            await update_message_context(tx, made, rag_context="x", sources=sources)
            await insert_run(
                tx,
                f"r{asked}",
                session_id=self.session_id,
                user_message_id=asked,
                message_id=made,
                use_rag=True,
                seed=1,
            )
        stored = await select_message(self.people, made)
        assert stored is not None
        return stored


@pytest.fixture
async def desk(make_config: Callable[..., Config], tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(make_config()) as shelf:
        people = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
        user = await upsert_user(people, MINSU.username)
        session = await insert_session(people, user.id, None, {})
        yield Desk(shelf, people, user, session.id)
        await people.close()


async def test_pins_are_found_until_their_document_goes(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", RENT)
    await desk.shelf.drop("minsu/bees.txt", "The beehive inspection is on 14 June at Fennel Farm.")
    rent, bees = await desk.answer("rent of the flat"), await desk.answer("beehive inspection at Fennel Farm")
    assert await pin(desk.people, desk.user, rent) == 1
    assert await pin(desk.people, desk.user, rent) == 1
    await pin(desk.people, desk.user, bees)
    whole = await desk.selftest.ask(desk.user)
    assert (whole.pins, whole.tested, whole.recall_at_1, whole.recall_at_k, whole.lost) == (2, 2, 1.0, 1.0, [])
    await desk.shelf.library.removed(["minsu/bees.txt"])
    less = await desk.selftest.ask(desk.user)
    assert (less.tested, less.recall_at_k) == (1, 1.0)
    assert [(one.question, one.title, one.reason) for one in less.lost] == [
        ("beehive inspection at Fennel Farm", "bees.txt", "deleted")
    ]
    await unpin(desk.people, desk.user, bees)
    assert (await desk.selftest.ask(desk.user)).pins == 1


async def test_a_passage_that_others_push_out_is_lost(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", RENT)
    await pin(desk.people, desk.user, await desk.answer("rent of the flat"))
    for i in range(6):
        await desk.shelf.drop(
            f"minsu/{i}.txt", f"rent of the flat, rent of the flat: offer {i * 7919} in street {i * 31}"
        )
    result = await desk.selftest.ask(desk.user)
    assert result.recall_at_k == 0.0
    assert result.lost[0].reason == "not_found"


async def test_a_follow_up_is_asked_again_with_what_it_leaned_on(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", RENT)
    await desk.shelf.drop("minsu/mill.txt", "The mill was signed over to Odalys Brandt in May.")
    await desk.answer("rent of the flat")
    follow_up = await desk.answer("and when is it due?")
    assert follow_up.sources[0]["title"] == "lease.txt"
    await pin(desk.people, desk.user, follow_up)
    [stored] = await select_pins(desk.people, desk.user.id, 10)
    assert (stored.question, stored.context) == ("and when is it due?", "lease rent of the flat")
    assert (await desk.selftest.ask(desk.user)).recall_at_1 == 1.0


async def test_somebody_elses_document_is_no_longer_tested(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", RENT)
    await pin(desk.people, desk.user, await desk.answer("rent of the flat"))
    await desk.shelf.library.ingestion.moved("minsu/lease.txt", f"{JIWOO.username}/lease.txt")
    assert [one.reason for one in (await desk.selftest.ask(desk.user)).lost] == ["deleted"]


async def test_the_idle_job_tests_new_pins_and_after_a_change_of_the_search(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", RENT)
    await desk.shelf.settled()
    assert await desk.selftest.step() == 0
    await pin(desk.people, desk.user, await desk.answer("rent of the flat"))
    desk.busy = True
    assert await desk.selftest.step() == 0
    desk.busy = False
    assert await desk.selftest.step() == 1
    assert await desk.selftest.step() == 0
    async with desk.shelf.library.db.write() as tx:
        await upsert_fact(tx, "embedder", "another.gguf")
    assert await desk.selftest.step() == 1
    after, before = await select_selftests(desk.people, desk.user.id, 10)
    assert (before.reason, after.reason) == ("pinned", "changed")
    assert before.setup != after.setup
    assert "another.gguf" in after.setup


async def test_results_are_bounded_and_go_with_the_chat(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", RENT)
    await pin(desk.people, desk.user, await desk.answer("rent of the flat"))
    for _ in range(KEPT + 3):
        await desk.selftest.ask(desk.user)
    assert len(await select_selftests(desk.people, desk.user.id, 2 * KEPT)) == KEPT
    await delete_session(desk.people, desk.user.id, desk.session_id)
    assert (await desk.selftest.ask(desk.user)).pins == 0


async def test_only_a_finished_answer_from_documents_is_pinned(desk: Desk) -> None:
    await desk.shelf.drop("minsu/lease.txt", RENT)
    async with desk.people.write() as tx:
        bare = await insert_message(tx, desk.session_id, "assistant", "Hello", "done", None)
    stored = await select_message(desk.people, bare)
    assert stored is not None
    with pytest.raises(BadRequest):
        await pin(desk.people, desk.user, stored)
