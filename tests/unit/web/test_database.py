"""The writer: whole transactions, one at a time; full disks and newer files are told."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.core.errors import DiskError, DiskFull
from services.web.chat.journal import Journal
from services.web.storage.database import Database, open_database
from services.web.storage.integrity import opened
from services.web.storage.messages import insert_message
from services.web.storage.migrate import NewerDatabase
from services.web.storage.runs import JournalEntry, insert_run, select_journal, select_unfinished_runs
from services.web.storage.sessions import delete_session, insert_session
from services.web.storage.users import upsert_user
from services.web.storage.values import pack_tokens, unpack_tokens
from tests.refusing import no_growth


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Database]:
    db = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
    yield db
    await db.close()


async def add_run(db: Database, run_id: str = "r1") -> int:
    user = await upsert_user(db, "minsu")
    session = await insert_session(db, user.id, None, {})
    async with db.write() as tx:
        question = await insert_message(tx, session.id, "user", "q", "done", None)
        answer = await insert_message(tx, session.id, "assistant", "", "queued", run_id)
        await insert_run(
            tx, run_id, session_id=session.id, user_message_id=question, message_id=answer, use_rag=False, seed=1
        )
    return session.id


async def test_a_failed_block_leaves_nothing(people: Database) -> None:
    async def fail() -> None:
        async with people.write() as tx:
            await tx.run("INSERT INTO users (username, username_key, created_at) VALUES ('a', 'a', '')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    row = await people.one("SELECT count(*) AS n FROM users")
    assert row is not None
    assert row["n"] == 0


async def test_transactions_of_many_tasks_do_not_mix(people: Database) -> None:
    async def add(number: int) -> None:
        async with people.write() as tx:
            await tx.run(
                "INSERT INTO users (username, username_key, created_at) VALUES (?, ?, '')", (str(number), str(number))
            )
            await asyncio.sleep(0)
            if number % 2:
                raise ValueError

    await asyncio.gather(*(add(number) for number in range(20)), return_exceptions=True)
    names = {int(row["username"]) for row in await people.all("SELECT username FROM users")}
    assert names == set(range(0, 20, 2))


async def test_a_cancelled_block_leaves_no_open_transaction(people: Database) -> None:
    entered = asyncio.Event()

    async def hang() -> None:
        async with people.write() as tx:
            await tx.run("INSERT INTO users (username, username_key, created_at) VALUES ('x', 'x', '')")
            entered.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    user = await upsert_user(people, "after")
    assert user.id == 1


async def test_a_full_disk_is_told_and_keeps_nothing(people: Database) -> None:
    async with people.write() as tx:
        pages = await tx.one("PRAGMA page_count")
    assert pages is not None
    await people._writer.execute(f"PRAGMA max_page_count = {pages[0] + 2}")

    async def fill() -> None:
        async with people.write() as tx:
            for number in range(100):
                await tx.run(
                    "INSERT INTO users (username, username_key, created_at) VALUES (?, ?, ?)",
                    (str(number), str(number), "x" * 4000),
                )

    with pytest.raises(DiskFull):
        await fill()
    row = await people.one("SELECT count(*) AS n FROM users")
    assert row is not None
    assert row["n"] == 0
    assert (await upsert_user(people, "still")).username == "still"


async def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ondol.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerDatabase) as caught:
        await open_database(path, schema="ondol", synchronous="FULL")
    assert caught.value.params["found"] == 99
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


async def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    for _ in range(2):
        db = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
        await upsert_user(db, "minsu")
        await db.close()
    db = await open_database(tmp_path / "ondol.db", schema="ondol", synchronous="FULL")
    assert len(await db.all("SELECT * FROM users")) == 1
    await db.close()


async def test_the_journal_writes_in_order_and_survives_a_full_disk(people: Database) -> None:
    await add_run(people)
    journal = Journal(people, 0.01)
    journal.add(JournalEntry("r1", 1, (5, -1), "a"))
    await people._writer.execute("PRAGMA query_only = ON")  # the disk refuses
    with pytest.raises(DiskError):
        await journal.flush()
    await people._writer.execute("PRAGMA query_only = OFF")
    journal.add(JournalEntry("r1", 2, (), "가"))
    await journal.flush()
    assert await select_journal(people, "r1") == [JournalEntry("r1", 1, (5, -1), "a"), JournalEntry("r1", 2, (), "가")]
    assert [run.id for run in await select_unfinished_runs(people)] == ["r1"]


async def test_rows_of_a_deleted_chat_do_not_hold_up_the_others(people: Database) -> None:
    gone = await add_run(people, "gone")
    await add_run(people, "stays")
    await delete_session(people, 1, gone)
    journal = Journal(people, 0.01)
    journal.add(JournalEntry("gone", 1, (1,), "x"))
    journal.add(JournalEntry("stays", 1, (1,), "y"))
    await journal.flush()
    assert await select_journal(people, "gone") == []
    assert len(await select_journal(people, "stays")) == 1


def test_tokens_are_little_endian_int32() -> None:
    assert pack_tokens((1, -2)) == b"\x01\0\0\0\xfe\xff\xff\xff"
    assert unpack_tokens(pack_tokens(range(1000))) == tuple(range(1000))


async def test_a_disk_that_takes_no_byte_is_told_and_later_all_is_there(people: Database, tmp_path: Path) -> None:
    await upsert_user(people, "minsu")
    with no_growth():
        with pytest.raises(DiskError, match="check the disk"):
            await upsert_user(people, "jiwoo")
        with pytest.raises(DiskError):
            await people.checkpoint()
    await upsert_user(people, "jiwoo")
    await people.checkpoint()
    assert (tmp_path / "ondol.db-wal").stat().st_size == 0
    names = [row["username"] for row in await people.all("SELECT username FROM users ORDER BY id")]
    assert names == ["minsu", "jiwoo"]


async def test_a_log_that_somebody_reads_is_emptied_later_and_nobody_waits_for_it(
    people: Database, tmp_path: Path
) -> None:
    await upsert_user(people, "minsu")
    with opened(tmp_path / "ondol.db") as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM users").fetchone()
        await upsert_user(people, "jiwoo")
        began = time.monotonic()
        assert not await people.checkpoint()
        assert time.monotonic() - began < 2
        backup.execute("COMMIT")
    assert await people.checkpoint()
    assert (tmp_path / "ondol.db-wal").stat().st_size == 0
