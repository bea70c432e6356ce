"""A disk that refuses in the middle of an answer: it is kept in memory, written when there is room, nothing is torn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from services.core.config import Config, load_config
from services.core.errors import DiskError, DiskFull
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import ContextReport, Finished, Generate, Started, Timings, Tokens, Usage
from services.web.chat.asks import Asks
from services.web.chat.beginning import Question
from services.web.chat.events import EventHub
from services.web.chat.live import LiveRun
from services.web.chat.runs import RunManager
from services.web.chat.session_list import SessionList
from services.web.metrics import Metrics
from services.web.storage.asks import Ask
from services.web.storage.database import Database, open_database
from services.web.storage.runs import select_journal, select_unfinished_runs
from services.web.storage.sessions import insert_session
from services.web.storage.users import upsert_user
from tests.appliance import eventually
from tests.integration.library.conftest import opened

WORDS = 40


class Speaker:
    """A model that says WORDS words of known tokens; `gate` holds it up before each."""

    ready = True
    state = None

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self._id = 0

    def next_id(self) -> int:
        self._id += 1
        return self._id

    def listen(self, _listener: object) -> None:
        """Its state never changes."""

    def abort(self, _request_id: int) -> None:
        self.gate.set()

    async def wait_ready(self, _timeout_s: float) -> None:
        return None

    async def generate(self, asked: Generate) -> AsyncIterator[Started | Tokens | Finished]:
        yield Started(asked.id, 5, 0, ContextReport(4096, 5))
        for number in range(len(asked.resume_tokens), WORDS):
            await self.gate.wait()
            await asyncio.sleep(0)
            yield Tokens(asked.id, (number,), f"w{number} ")
        yield Finished(asked.id, "stop", Usage(5, 0, WORDS), Timings(0, 0, 0.1, 0.1, 10))


class Chat:
    def __init__(self, people: Database, runs: RunManager, speaker: Speaker, session_id: int, user: Any) -> None:
        self.people, self.runs, self.speaker, self.session_id, self._user = people, runs, speaker, session_id, user

    async def ask(self) -> LiveRun:
        await self.runs.submit(self._user, self.session_id, Question("hello", use_rag=False))
        (run,) = self.runs.live(self.session_id)
        return run

    async def refuse_writes(self) -> None:
        """SQLite answers every write as on a disk that has become read-only: SQLITE_READONLY."""
        await self.people._writer.execute("PRAGMA query_only = ON")

    async def take_writes(self) -> None:
        await self.people._writer.execute("PRAGMA query_only = OFF")


@asynccontextmanager
async def chat(config: Config) -> AsyncIterator[Chat]:
    async with opened(config) as shelf:
        people, speaker = await open_database(config.home.ondol_db, schema="ondol", synchronous="FULL"), Speaker()
        runs = RunManager(people, cast(ModelClient, speaker), shelf.library, EventHub(), config, Metrics())
        try:
            await runs.start()
            user = await upsert_user(people, "minsu")
            session = await insert_session(people, user.id, None, {})
            yield Chat(people, runs, speaker, session.id, user)
        finally:
            await runs.close()
            await people.close()


def config_of(folder: Path) -> Config:
    config = load_config({"ONDOL_HOME": str(folder), "ONDOL_CHAT__JOURNAL_INTERVAL_MS": "5"})
    config.home.create()
    return config


async def stored(people: Database) -> tuple[str, str]:
    row = await people.one("SELECT status, content FROM messages WHERE role = 'assistant' ORDER BY id DESC LIMIT 1")
    assert row is not None
    return row["status"], row["content"]


async def test_an_answer_outlives_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    async with chat(config_of(tmp_path)) as one:
        one.speaker.gate.clear()
        run = await one.ask()
        await eventually(lambda: run.request_id)
        await one.refuse_writes()
        one.speaker.gate.set()
        await eventually(lambda: len(run.tokens) == WORDS)
        assert not run.done.is_set()
        assert one.runs.live(one.session_id) == (run,)
        await one.take_writes()
        await asyncio.wait_for(run.done.wait(), 10)
        assert await stored(one.people) == ("done", run.content)
        journal = await select_journal(one.people, run.stored.id)
        assert [entry.seq for entry in journal] == list(range(1, WORDS + 1))
        assert "".join(entry.text for entry in journal) == run.content


async def test_a_stop_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    async with chat(config_of(tmp_path)) as one:
        run = await one.ask()
        await eventually(lambda: len(run.tokens) > 3)
        await one.refuse_writes()
        await asyncio.wait_for(one.runs.stop(one.session_id, None), 8)
        await eventually(lambda: one.runs.live(one.session_id) == ())
        await one.take_writes()


async def test_what_was_never_stored_goes_on_at_the_next_start(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    async with chat(config) as one:
        one.speaker.gate.clear()
        run = await one.ask()
        await eventually(lambda: run.request_id)
        (unfinished,) = await select_unfinished_runs(one.people)
        assert unfinished.id == run.stored.id
    async with chat(config) as again:

        async def whole() -> bool:
            return (await stored(again.people))[0] == "done"

        await eventually(whole)
        assert (await stored(again.people))[1] == "".join(f"w{number} " for number in range(WORDS))


async def test_a_house_stops_also_without_the_disk(tmp_path: Path) -> None:
    async with chat(config_of(tmp_path)) as one:
        one.speaker.gate.clear()
        run = await one.ask()
        await eventually(lambda: run.request_id)
        await one.refuse_writes()
        one.speaker.gate.set()
        await eventually(lambda: len(run.tokens) == WORDS)
        await asyncio.wait_for(one.runs.close(), 8)


async def test_a_question_behind_one_that_broke_off_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat(config_of(tmp_path)) as one:
        one.speaker.gate.clear()
        first = await one.ask()
        await eventually(lambda: first.request_id)
        await one.runs.submit(one._user, one.session_id, Question("and now?", use_rag=False))
        second = one.runs.live(one.session_id)[1]
        write_end = one.runs._runner._write_end

        async def broken(run: LiveRun, end: Any) -> None:
            if run is first:
                raise DiskError("refused") if end.status == "failed" else RuntimeError("nobody expected this")
            await write_end(run, end)

        async def no_patience(_run: LiveRun, _end: Any) -> None:
            raise RuntimeError("nor this")

        monkeypatch.setattr(one.runs._runner, "_write_end", broken)
        monkeypatch.setattr(one.runs._runner, "_store_late", no_patience)
        one.speaker.gate.set()
        await asyncio.wait_for(second.done.wait(), 10)
        assert await stored(one.people) == ("done", second.content)


async def test_a_question_by_file_waits_for_room(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    async with chat(config) as one:
        (config.home.inbox / "minsu").mkdir()
        (config.home.inbox / "minsu" / "a.ask.md").write_text("why?")
        asks = Asks(one.people, one.runs, config.home.inbox)
        assert await asks.tell(Ask("minsu/a.ask.md", "ab", "why?"))

        def full() -> None:
            raise DiskFull("the disk is full")

        one.runs.admit = full
        with pytest.raises(DiskFull):
            await asks._answer_next()
        assert [path.name for path in (config.home.inbox / "minsu").iterdir()] == ["a.ask.md"]
        one.runs.admit = lambda: None
        assert await asks._answer_next()
        assert "w0 w1" in (config.home.inbox / "minsu" / "a.answer.md").read_text()
        assert not await asks._answer_next()


async def test_words_that_could_not_be_taken_off_the_disk_are_taken_off_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat(config_of(tmp_path)) as one:
        sessions = SessionList(one.people, one.runs, EventHub(), undo_s=0)
        await one.refuse_writes()
        with pytest.raises(DiskError):
            await sessions.rewrite()
        await one.take_writes()
        done: list[int] = []
        checkpoint = one.people.checkpoint

        async def noted() -> bool:
            done.append(1)
            return await checkpoint()

        monkeypatch.setattr(one.people, "checkpoint", noted)
        await sessions.purge()
        await sessions.purge()
        assert done == [1]


async def test_an_answer_whose_end_cannot_be_read_stays_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise DiskError("library.db cannot be read")

    async with chat(config_of(tmp_path)) as one:
        monkeypatch.setattr("services.web.chat.runner.standing_sources", refuse)
        run = await one.ask()
        await asyncio.wait_for(run.done.wait(), 10)
        assert await stored(one.people) == ("done", run.content)
