"""A question as a file, answered beside it by the real house."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance import Appliance, Json, Person, eventually, person

FACT = "The harbour master of Eastport is called Ragnhild Vik. Her office opens at seven.\n"
QUESTION = "Who is the harbour master of Eastport?\n"


async def home_of(appliance: Appliance, who: Person) -> Path:
    name = (await who.http.get("/api/auth/user/")).json()["username"]
    return appliance.home / "inbox" / str(name)


async def document(who: Person, title: str) -> bool:
    listed = (await who.http.get("/api/rag/documents/?limit=200")).json()
    return any(one["title"] == title and one["state"] == "ready" for one in listed)


async def chats(who: Person, title: str) -> list[Json]:
    return [one for one in (await who.http.get("/api/sessions/")).json() if one["title"] == title]


async def test_answered_beside_the_question_with_sources(appliance: Appliance, minsu: Person) -> None:
    home = await home_of(appliance, minsu)
    (home / "harbour.txt").write_text(FACT)
    await eventually(lambda: document(minsu, "harbour.txt"))
    ask, answer = home / "bill.ask.md", home / "bill.answer.md"
    (home / "bill.error.md").write_text("of yesterday")
    ask.write_text(QUESTION)
    await eventually(answer.exists, timeout_s=60)
    text = answer.read_text()
    assert "**출처 · Sources**" in text
    assert f"1. harbour.txt (`{home.name}/harbour.txt`)" in text
    assert "Ragnhild Vik" in text
    assert not (home / "bill.error.md").exists()
    [chat] = await chats(minsu, "bill")
    messages = (await minsu.http.get(f"/api/sessions/{chat['id']}/messages/")).json()
    assert messages[0]["content"] == QUESTION
    assert text.startswith(messages[1]["content"].strip()[:20])
    assert {file.name for file in home.iterdir()} == {"harbour.txt", "bill.ask.md", "bill.answer.md"}
    before = answer.stat().st_mtime_ns
    ask.write_text("When does the office of the harbour master open?\n")
    await eventually(lambda: answer.stat().st_mtime_ns != before, timeout_s=60)
    assert len(await chats(minsu, "bill")) == 2
    assert not await document(minsu, "bill.answer.md")


async def test_a_shared_question_sees_shared_documents_only(appliance: Appliance, minsu: Person) -> None:
    home, shared = await home_of(appliance, minsu), appliance.home / "inbox" / "shared"
    (home / "secret.txt").write_text("The marmalade cellar code is 4471.\n")
    (shared / "cellar.txt").write_text("The marmalade cellar lies behind the kitchen.\n")
    await eventually(lambda: document(minsu, "secret.txt"))
    await eventually(lambda: document(minsu, "cellar.txt"))
    ask, answer = shared / "cellar.ask.md", shared / "cellar.answer.md"
    ask.write_text("What about the marmalade cellar code?\n")
    await eventually(answer.exists, timeout_s=60)
    assert "cellar.txt" in answer.read_text()
    assert "secret.txt" not in answer.read_text()
    assert await chats(minsu, "cellar") == []
    for file in (ask, answer, shared / "cellar.txt"):
        file.unlink()


async def test_an_uploaded_question_is_answered_and_never_listed(appliance: Appliance, minsu: Person) -> None:
    home = await home_of(appliance, minsu)
    files = [("file", ("tea.ask.md", b"Say hello.")), ("file", ("tea.ask.md", b"Say good bye."))]
    made = await minsu.http.post("/api/rag/documents/", files=files)
    assert made.status_code == 201, made.text
    assert [(one["title"], one["id"]) for one in made.json()] == [("tea.ask.md", "0"), ("tea (2).ask.md", "0")]
    await eventually(lambda: (home / "tea.answer.md").exists() and (home / "tea (2).answer.md").exists(), 60)
    listed = (await minsu.http.get("/api/rag/documents/")).json()
    assert [one["title"] for one in listed if one["title"].startswith("tea")] == []


async def test_what_cannot_be_answered_says_why(appliance: Appliance, minsu: Person) -> None:
    home = await home_of(appliance, minsu)
    (home / "long.ask.md").write_text("word " * 100_000)
    (home / "noise.ask.md").write_bytes(bytes(range(256)) * 40)
    stranger = appliance.home / "inbox" / "nobody of this house"
    stranger.mkdir()
    (stranger / "x.ask.md").write_text("Hello?")
    errors = [home / "long.error.md", home / "noise.error.md", stranger / "x.error.md"]
    await eventually(lambda: all(file.exists() for file in errors), timeout_s=60)
    assert ["`bad_request`" in errors[0].read_text(), "`unsupported`" in errors[1].read_text()] == [True, True]
    assert "`no_such_user`" in errors[2].read_text()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Appliance]:
    house = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false", ONDOL_INGEST__SETTLE_S="0.3")
    try:
        yield house
    finally:
        house.stop()


async def test_a_restart_neither_forgets_nor_answers_twice(own: Appliance) -> None:
    own.start()
    async with person(own, "minsu") as minsu:
        home = own.home / "inbox" / "minsu"
        (home / "done.ask.md").write_text("Say hello.")
        await eventually((home / "done.answer.md").exists, timeout_s=60)
        before = (home / "done.answer.md").stat().st_mtime_ns
        (home / "cut.ask.md").write_text("Count from one to two hundred, one number a line.")
        await eventually(lambda: chats(minsu, "cut"), timeout_s=20)
        (home / "late.ask.md").write_text("Say good bye.")
        await asyncio.to_thread(own.kill, "web")
        await asyncio.to_thread(own.wait, "/readyz")
        names = [home / "cut.answer.md", home / "late.answer.md"]
        await eventually(lambda: all(file.exists() for file in names), timeout_s=90)
        assert [len(await chats(minsu, title)) for title in ("done", "cut", "late")] == [1, 1, 1]
        assert (home / "done.answer.md").stat().st_mtime_ns == before


async def test_a_question_that_goes_is_stopped(appliance: Appliance, minsu: Person) -> None:
    home = await home_of(appliance, minsu)
    ask = home / "gone.ask.md"
    ask.write_text("Count slowly from one to ten thousand, one number a line, and explain each number.")
    [chat] = await eventually(lambda: chats(minsu, "gone"), timeout_s=20)
    ask.unlink()

    async def ended() -> Json | None:
        messages = (await minsu.http.get(f"/api/sessions/{chat['id']}/messages/")).json()
        over = len(messages) == 2 and messages[1]["status"] not in ("queued", "running")
        return messages[1] if over else None

    assert (await eventually(ended, timeout_s=30))["status"] in ("stopped", "done")
    assert [file.name for file in home.iterdir()] == []
