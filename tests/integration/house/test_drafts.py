"""Reading while somebody types, in the whole house with the real model."""

import itertools
import re
from pathlib import Path

from tests.appliance import Appliance, ChatSocket, Json, Person, eventually, person

LONG = "The stones of the warm floor lie over channels that carry smoke from the kitchen to the far wall. " * 28
QUESTION = "How long does the floor of such a house stay warm after the fire in the kitchen has gone out at night"

_numbers = itertools.count(1)


async def pool_used(who: Person) -> int:
    return int((await who.http.get("/api/engine/")).json()["pool_used_tokens"])


async def cold_chat(who: Person, **settings: object) -> str:
    """A chat that begins with a long text nobody has read yet."""
    own = f"{next(_numbers)} is the number of this house. {LONG}"
    return await who.chat(max_tokens=4, ignore_eos=True, system_prompt=own, **settings)


async def type_it(chat: ChatSocket, who: Person, text: str, **more: object) -> None:
    """Word by word, until all of it but the last word is read."""
    words = text.split()
    for count in range(1, len(words) + 1):
        await chat.send(type="draft", content=" ".join(words[:count]), **more)

    await everything_is_read(who)


async def everything_is_read(who: Person) -> None:
    """Nothing has been read for a second: longer than drafts are apart."""
    seen: list[int] = []

    async def rests() -> bool:
        seen.append(await pool_used(who))
        return len(seen) > 10 and len(set(seen[-10:])) == 1

    await eventually(rests, timeout_s=30)


async def searches(who: Person) -> float:
    text = (await who.http.get("/metrics")).text
    return sum(map(float, re.findall(r"^ondol_search_seconds_count.* (\S+)$", text, re.M)))


async def send(chat: ChatSocket, text: str, **more: object) -> Json:
    await chat.send(type="message", content=text, **more)
    end: Json = (await chat.until_end())[-1]
    assert end["type"] == "stream_end", end
    usage: Json = end["message"]["usage"]
    return usage


async def test_a_question_that_was_typed_slowly_has_little_left_to_read(minsu: Person) -> None:
    session = await cold_chat(minsu)
    async with minsu.socket(session) as chat:
        await type_it(chat, minsu, QUESTION)
        usage = await send(chat, QUESTION)
    assert usage["prompt_tokens"] > 300
    assert usage["prompt_tokens"] - usage["cached_tokens"] < 16


async def test_the_history_is_read_at_the_first_keystroke(minsu: Person) -> None:
    session = await cold_chat(minsu)
    async with minsu.socket(session) as chat:
        await type_it(chat, minsu, "H")
        usage = await send(chat, QUESTION)
    assert usage["prompt_tokens"] - usage["cached_tokens"] < 45


async def test_other_viewers_hear_nothing_and_nothing_is_kept(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=4, ignore_eos=True)
    secret = "marzipanlighthouse"
    async with minsu.socket(session) as one, minsu.socket(session) as two:
        await type_it(one, minsu, f"My word is {secret} and nobody shall know it")
        await one.send(type="draft", content="")
        await one.send(type="ping")
        await two.send(type="ping")
        assert (await one.next())["type"] == "pong"
        assert (await two.next())["type"] == "pong"
    assert (await minsu.http.get(f"/api/sessions/{session}/messages/")).json() == []
    assert (await minsu.http.get(f"/api/sessions/{session}/")).json()["title"] == "New Chat"
    for file in minsu.appliance.home.rglob("*"):
        if file.is_file() and "models" not in file.parts:
            assert secret.encode() not in file.read_bytes(), file


async def test_with_documents_what_a_rested_draft_finds_is_read_ahead(minsu: Person) -> None:
    text = "The boiler of the guest house was built in Gwangju by Odalys Brandt in the year 1962. " * 12
    await minsu.http.post("/api/rag/documents/", json={"title": "boiler.txt", "content": text})

    async def ready() -> bool:
        found = (await minsu.http.get("/api/rag/documents/")).json()
        return [one["state"] for one in found if one["title"] == "boiler.txt"] == ["ready"]

    await eventually(ready, timeout_s=30)
    session = await minsu.chat(max_tokens=4, ignore_eos=True)
    question = "Who built the boiler of the guest house and in which year was it"
    async with minsu.socket(session) as chat:
        before = await searches(minsu)
        await type_it(chat, minsu, question, use_rag=True)

        async def searched() -> bool:
            return await searches(minsu) > before

        await eventually(searched)
        await everything_is_read(minsu)
        found = await searches(minsu)
        usage = await send(chat, question, use_rag=True)
        assert await searches(minsu) == found, "the search of the draft is used"
    assert usage["prompt_tokens"] > 200
    assert usage["prompt_tokens"] - usage["cached_tokens"] < 16


async def test_a_chat_with_a_seed_reads_no_drafts(minsu: Person) -> None:
    session = await cold_chat(minsu, seed=5)
    async with minsu.socket(session) as chat:
        await type_it(chat, minsu, QUESTION)
        usage = await send(chat, QUESTION)
    assert usage["prompt_tokens"] - usage["cached_tokens"] > 200


async def test_switched_off_the_socket_says_so_and_drafts_do_nothing(tmp_path: Path) -> None:
    off = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false", ONDOL_CHAT__DRAFTS="false")
    try:
        off.start()
        async with person(off, "minsu") as minsu:
            session = await minsu.chat(max_tokens=4)
            async with minsu.socket(session) as chat:
                assert chat.welcome["drafts"] is False
                await type_it(chat, minsu, QUESTION)
                assert await pool_used(minsu) == 0
                await chat.send(type="ping")
                assert (await chat.next())["type"] == "pong"
    finally:
        off.stop()
