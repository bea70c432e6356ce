"""The run journal: what was written stays as it was, and nothing that goes wrong holds up the next write."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.web.chat.beginning import Chat, Question, begin_question
from services.web.chat.journal import Journal
from services.web.chat.settings import ChatSettings
from services.web.storage.database import Database, open_database
from services.web.storage.runs import JournalEntry, select_journal
from services.web.storage.sessions import insert_session
from services.web.storage.users import upsert_user

COMMIT_S = 0.2


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Database]:
    people = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
    yield people
    await people.close()


async def begun(people: Database) -> str:
    """A run of somebody; its id."""
    user = await upsert_user(people, "minsu")
    session = await insert_session(people, user.id, "chat", {})
    async with people.write() as tx:
        return (await begin_question(tx, Chat(user, session.id, ChatSettings()), Question("why?"))).run.id


async def slow_commits(people: Database, committing: asyncio.Event) -> None:
    """As on a slow card; `committing` is set while one is under way."""
    loop = asyncio.get_running_loop()

    def look(sql: str) -> None:
        if sql == "COMMIT":
            loop.call_soon_threadsafe(committing.set)
            time.sleep(COMMIT_S)

    await people._writer.set_trace_callback(look)


async def test_who_is_cancelled_in_a_commit_may_write_again(people: Database) -> None:
    run_id, committing = await begun(people), asyncio.Event()
    journal = Journal(people, 0.0)
    await slow_commits(people, committing)
    journal.add(JournalEntry(run_id, 1, (5,), "a"))
    writing = asyncio.create_task(journal.flush())
    await committing.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    journal.add(JournalEntry(run_id, 2, (6,), "b"))
    await journal.flush()
    assert [(row.seq, row.text) for row in await select_journal(people, run_id)] == [(1, "a"), (2, "b")]


async def test_a_cancelled_end_is_written_again(people: Database) -> None:
    run_id, committing = await begun(people), asyncio.Event()
    journal = Journal(people, 0.0)
    journal.add(JournalEntry(run_id, 1, (5,), "a"))
    await slow_commits(people, committing)

    async def end() -> None:
        async with journal.closing(run_id):
            pass

    ending = asyncio.create_task(end())
    await committing.wait()
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    await end()
    await journal.flush()
    assert len(await select_journal(people, run_id)) == 1


async def test_what_was_journaled_never_changes(people: Database) -> None:
    run_id = await begun(people)
    journal = Journal(people, 0.0)
    for text in ("a", "another"):
        journal.add(JournalEntry(run_id, 1, (5,), text))
        await journal.flush()
    assert [row.text for row in await select_journal(people, run_id)] == ["a"]


async def test_a_slow_card_does_not_add_to_the_interval(people: Database) -> None:
    run_id, committing = await begun(people), asyncio.Event()
    journal = Journal(people, COMMIT_S * 1.5)
    await slow_commits(people, committing)
    writing = asyncio.create_task(journal.run())
    began = time.monotonic()
    for seq in range(1, 5):
        committing.clear()
        journal.add(JournalEntry(run_id, seq, (seq,), "x"))
        await committing.wait()
        await journal.flush()  # waits for the write under way
    took_s = time.monotonic() - began
    writing.cancel()
    assert took_s < 4 * COMMIT_S * 2.5 - COMMIT_S, "interval and write came one after the other"
