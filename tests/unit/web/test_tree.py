"""Messages are a tree: branches, versions, what is shown, what goes; and where a run begins in it."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.core.errors import BadRequest, Conflict, NotFound, RunInProgress
from services.web.chat.beginning import Begun, Chat, Question, begin_again, begin_question, begin_version
from services.web.chat.branches import Branches
from services.web.chat.events import BranchShown, EventHub, Viewer, session_topic
from services.web.chat.feedback import rate
from services.web.chat.live import LiveRun
from services.web.chat.settings import ChatSettings
from services.web.storage.database import Database, open_database
from services.web.storage.messages import (
    Status,
    StoredMessage,
    insert_message_under,
    select_all_versions,
    select_branch,
    select_message,
    select_messages,
    select_question,
    update_message_end,
)
from services.web.storage.migrate import migrations
from services.web.storage.runs import JournalEntry, select_run, update_run_end
from services.web.storage.sent import select_sent
from services.web.storage.sessions import delete_session, insert_session
from services.web.storage.tree import select_leaf, update_leaf
from services.web.storage.users import upsert_user


class Desk:
    """One person's chat."""

    def __init__(self, people: Database, chat: Chat) -> None:
        self.people = people
        self.chat = chat
        self.events = EventHub()
        self.branches = Branches(people, self.events)

    async def ask(self, content: str, edit_of: int | None = None, client_id: str | None = None) -> Begun:
        async with self.people.write() as tx:
            return await begin_question(tx, self.chat, Question(content, edit_of=edit_of, client_id=client_id))

    async def again(self, message_id: int) -> Begun:
        async with self.people.write() as tx:
            return await begin_version(tx, self.chat, message_id, None)

    async def go_on(self, message_id: int) -> Begun:
        async with self.people.write() as tx:
            return await begin_again(tx, self.chat, message_id)

    async def end(
        self, begun: Begun, reason: str = "stop", content: str = "said", tokens: tuple[int, ...] = (1, 2)
    ) -> int:
        """The answer has ended; its id."""
        status: Status = "stopped" if reason == "stopped" else "done"
        async with self.people.write() as tx:
            await update_run_end(tx, begun.run.id, status, reason, {"n_ctx": 100})
            await update_message_end(
                tx,
                begun.run.message_id,
                status=status,
                content=content,
                tokens=tokens,
                tokens_model="m",
                usage=None,
                timings=None,
                error=None,
            )
        return begun.run.message_id

    async def turn(self, content: str) -> tuple[int, int]:
        """A question and its answer."""
        begun = await self.ask(content)
        return begun.run.user_message_id, await self.end(begun)

    async def shown(self) -> list[int]:
        return [m.id for m in await self.messages()]

    async def messages(self) -> list[StoredMessage]:
        return await select_messages(self.people, self.chat.session_id, limit=100, before=None)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    people = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
    user = await upsert_user(people, "minsu")
    session = await insert_session(people, user.id, None, {})
    yield Desk(people, Chat(user, session.id, ChatSettings()))
    await people.close()


async def test_another_answer_stands_beside_the_first(desk: Desk) -> None:
    question, first = await desk.turn("hi")
    second = await desk.end(await desk.again(first))
    third = await desk.end(await desk.again(question))
    assert await desk.shown() == [question, third]
    assert [m.versions for m in await desk.messages()] == [(question,), (first, second, third)]
    asked = await select_question(desk.people, second)
    assert asked is not None
    assert asked.id == question


async def test_an_edited_question_is_a_branch_with_the_history_before_it(desk: Desk) -> None:
    q1, a1 = await desk.turn("hi")
    q2, _ = await desk.turn("why?")
    edited = await desk.ask("how?", edit_of=q2)
    a3 = await desk.end(edited)
    q3 = edited.run.user_message_id
    assert await desk.shown() == [q1, a1, q3, a3]
    assert [m.versions for m in await desk.messages()] == [(q1,), (a1,), (q2, q3), (a3,)]
    assert [m.id for m in await select_branch(desk.people, a1, limit=10)] == [q1, a1]
    q4, a4 = await desk.turn("and then?")
    assert await desk.shown() == [q1, a1, q3, a3, q4, a4]
    first = await desk.ask("hello", edit_of=q1)
    assert (await desk.messages())[0].versions == (q1, first.run.user_message_id)
    with pytest.raises(BadRequest):
        await desk.ask("x", edit_of=a1)
    with pytest.raises(NotFound):
        await desk.ask("x", edit_of=999)


async def test_the_branch_is_paged_back(desk: Desk) -> None:
    q1, a1 = await desk.turn("one")
    q2, _ = await desk.turn("two")
    other = await desk.ask("zwei", edit_of=q2)
    page = await select_messages(desk.people, desk.chat.session_id, limit=2, before=None)
    assert [m.id for m in page] == [other.run.user_message_id, other.run.message_id]
    earlier = await select_messages(desk.people, desk.chat.session_id, limit=2, before=page[0].id)
    assert [m.id for m in earlier] == [q1, a1]


async def test_a_question_of_a_browser_is_stored_once_under_its_name(desk: Desk) -> None:
    begun = await desk.ask("once", client_id="b1")
    chat = desk.chat.session_id
    assert await select_sent(desk.people, chat, "b1") == begun.told
    assert await select_sent(desk.people, chat + 1, "b1") is None
    with pytest.raises(sqlite3.IntegrityError):
        await desk.ask("once", client_id="b1")
    await desk.end(begun)
    assert await desk.shown() == [begun.told, begun.run.message_id]
    await desk.branches.delete(desk.chat.user, chat, begun.told)
    assert await select_sent(desk.people, chat, "b1") == begun.told, "what was deleted does not come back"


async def test_a_version_is_shown_with_its_newest_branch_and_viewers_are_told(desk: Desk) -> None:
    q1, a1 = await desk.turn("hi")
    q2, a2 = await desk.turn("why?")
    await desk.end(await desk.again(a1))
    viewer = Viewer()
    desk.events.subscribe(viewer, [session_topic(desk.chat.session_id)])
    await desk.branches.select(desk.chat.user, desk.chat.session_id, a1)
    assert await desk.shown() == [q1, a1, q2, a2]
    assert await viewer.next() == BranchShown(a2)
    a2b = await desk.end(await desk.again(a2))
    await desk.branches.select(desk.chat.user, desk.chat.session_id, q2)
    assert await desk.shown() == [q1, a1, q2, a2b], "it was shown already"
    with pytest.raises(NotFound):
        await desk.branches.select(desk.chat.user, desk.chat.session_id, 999)


async def test_a_deleted_message_takes_what_was_said_after_it(desk: Desk) -> None:
    q1, a1 = await desk.turn("hi")
    q2, a2 = await desk.turn("why?")
    a1b = await desk.end(await desk.again(a1))
    chat, user = desk.chat.session_id, desk.chat.user
    await desk.branches.delete(user, chat, a1b)
    assert await desk.shown() == [q1, a1, q2, a2], "what stood beside it is shown"
    await desk.branches.delete(user, chat, a2)
    assert await desk.shown() == [q1, a1, q2]
    begun = await desk.again(q2)
    with pytest.raises(RunInProgress):
        await desk.branches.delete(user, chat, q2)
    await desk.end(begun)
    await desk.branches.delete(user, chat, q1)
    assert await desk.shown() == []
    assert await select_leaf(desk.people, chat) is None
    assert await desk.people.all("SELECT * FROM runs") == []
    q5, a5 = await desk.turn("anew")
    assert await desk.shown() == [q5, a5]


async def test_a_branch_that_is_not_shown_goes_without_a_change(desk: Desk) -> None:
    q1, a1 = await desk.turn("hi")
    a2 = await desk.end(await desk.again(a1))
    await desk.branches.delete(desk.chat.user, desk.chat.session_id, a1)
    assert await desk.shown() == [q1, a2]
    assert (await desk.messages())[1].versions == (a2,)


async def test_a_cut_answer_goes_on_in_its_own_run(desk: Desk) -> None:
    begun = await desk.ask("count")
    answer = await desk.end(begun, "length", "one two", (1, 2, 3))
    again = await desk.go_on(answer)
    assert (again.run.id, again.run.message_id) == (begun.run.id, answer)
    assert (again.run.base_tokens, again.run.status, again.run.attempts) == (3, "queued", 0)
    stored = await select_message(desk.people, answer)
    assert stored is not None
    assert (stored.status, stored.content, stored.tokens) == ("queued", "one two", (1, 2, 3))
    with pytest.raises(RunInProgress):
        await desk.go_on(answer)
    await desk.end(again, "stopped", "one two three", (1, 2, 3, 4))
    assert (await desk.go_on(answer)).run.base_tokens == 4


async def test_only_the_last_cut_answer_goes_on(desk: Desk) -> None:
    question, whole = await desk.turn("hi")
    for refused in (question, whole):
        with pytest.raises(BadRequest):
            await desk.go_on(refused)
    cut = await desk.end(await desk.ask("count"), "length")
    await desk.turn("thanks")
    with pytest.raises(Conflict):
        await desk.go_on(cut)
    silent = await desk.end(await desk.ask("x"), "stopped", "", ())
    with pytest.raises(BadRequest):
        await desk.go_on(silent)
    async with desk.people.write() as tx:
        old = await insert_message_under(tx, desk.chat.session_id, question, "assistant", "from elsewhere")
    with pytest.raises(BadRequest):
        await desk.go_on(old)


async def test_a_question_is_answered_once_at_a_time(desk: Desk) -> None:
    begun = await desk.ask("hi")
    with pytest.raises(RunInProgress):
        await desk.again(begun.run.message_id)


async def test_versions_of_a_fixed_seed_have_the_next_ones_and_documents_as_before(desk: Desk) -> None:
    fixed = Chat(desk.chat.user, desk.chat.session_id, ChatSettings(seed=7, use_rag=False))
    async with desk.people.write() as tx:
        first = await begin_question(tx, fixed, Question("hi", use_rag=True))
    await desk.end(first)
    async with desk.people.write() as tx:
        second = await begin_version(tx, fixed, first.run.message_id, None)
    assert [first.run.seed, second.run.seed] == [7, 8]
    assert second.run.use_rag is True


async def test_an_imported_tree_keeps_its_times_and_the_chosen_branch(desk: Desk) -> None:
    chat = desk.chat.session_id
    async with desk.people.write() as tx:
        q = await insert_message_under(tx, chat, None, "user", "q", created_at="2020-01-01T00:00:00.000Z")
        a = await insert_message_under(tx, chat, q, "assistant", "a")
        b = await insert_message_under(tx, chat, q, "assistant", "b")
        await update_leaf(tx, chat, a)
    assert await desk.shown() == [q, a]
    assert [(m.id, m.parent_id) for m in await select_all_versions(desk.people, chat)] == [(q, None), (a, q), (b, q)]
    assert (await desk.messages())[0].created_at == "2020-01-01T00:00:00.000Z"


async def test_a_chat_of_thousands_of_messages_is_read_and_deleted(desk: Desk) -> None:
    chat = desk.chat.session_id
    parent: int | None = None
    async with desk.people.write() as tx:
        for number in range(3000):
            parent = await insert_message_under(tx, chat, parent, "user" if number % 2 == 0 else "assistant", "x")
    page = await select_messages(desk.people, chat, limit=3, before=None)
    assert [m.id for m in page] == [2998, 2999, 3000]
    await desk.branches.delete(desk.chat.user, chat, 1500)
    assert await select_leaf(desk.people, chat) == 1499
    await delete_session(desk.people, desk.chat.user.id, chat)
    assert await desk.people.all("SELECT * FROM messages") == []


async def test_thumbs_go_up_down_and_away(desk: Desk) -> None:
    question, answer = await desk.turn("hi")

    async def stored(message_id: int) -> StoredMessage:
        message = await select_message(desk.people, message_id)
        assert message is not None
        return message

    for thumb in ("up", "down", None):
        assert await rate(desk.people, desk.chat.user, await stored(answer), thumb) == 0
        assert (await stored(answer)).thumb == thumb
    with pytest.raises(BadRequest):
        await rate(desk.people, desk.chat.user, await stored(question), "up")


async def test_what_a_run_knows_is_told_with_its_message(desk: Desk) -> None:
    begun = await desk.ask("hi")
    await desk.end(begun, "length")
    answer = (await desk.messages())[-1]
    assert (answer.finish_reason, answer.context, answer.run_id) == ("length", {"n_ctx": 100}, begun.run.id)
    assert await select_run(desk.people, begun.run.id, desk.chat.session_id) is not None


async def test_chats_from_before_are_chains(tmp_path: Path) -> None:
    path = tmp_path / "ondol.db"
    old = sqlite3.connect(path)
    for number, file in migrations("ondol")[:4]:
        old.executescript(file.read_text() + f"PRAGMA user_version={number};")
    old.executescript(
        """INSERT INTO users VALUES (1, 'minsu', 'minsu', '');
        INSERT INTO chat_sessions (id, user_id, title, settings, created_at, updated_at)
            VALUES (1, 1, 'a', '{}', '', ''), (2, 1, 'b', '{}', '', ''), (3, 1, 'empty', '{}', '', '');
        INSERT INTO messages (id, session_id, role, status, content, created_at) VALUES (1, 1, 'user', 'done', 'q', ''),
            (2, 2, 'user', 'done', 'x', ''), (3, 1, 'assistant', 'done', 'a', ''), (4, 1, 'user', 'done', 'r', '');
        INSERT INTO pins (message_id, user_id, question, targets, created_at) VALUES (3, 1, 'q', '[]', '');"""
    )
    old.close()
    people = await open_database(path, schema="ondol", synchronous="FULL")
    for session, ids in ((1, [1, 3, 4]), (2, [2]), (3, [])):
        assert [m.id for m in await select_messages(people, session, limit=9, before=None)] == ids
    assert [m.thumb for m in await select_messages(people, 1, limit=9, before=None)] == [None, "up", None]
    await people.close()


async def test_versions_are_found_by_index(desk: Desk) -> None:
    plan = await desk.people.all(
        "EXPLAIN QUERY PLAN SELECT m.id, (SELECT json_group_array(v.id) FROM messages v"
        " WHERE v.session_id = m.session_id AND v.parent_id IS m.parent_id) FROM messages m WHERE m.id = 1"
    )
    assert any("messages_versions (session_id=? AND parent_id=?)" in row["detail"] for row in plan)


async def test_text_that_an_end_let_out_is_not_said_twice(desk: Desk) -> None:
    run_id = (await desk.ask("hi")).run.id
    stored = await select_run(desk.people, run_id, desk.chat.session_id)
    assert stored is not None
    ended = [
        JournalEntry(run_id, 1, (5,), "one"),
        JournalEntry(run_id, 2, (6,), ""),
        JournalEntry(run_id, 3, (), "\n#"),
    ]
    run = LiveRun.from_journal(stored, ended)
    assert run.content == "one\n#"
    assert run.add((7,), "\n# two").text == " two"
    assert run.add((8,), "\n#").text == "\n#"
    assert run.content == "one\n# two\n#"
