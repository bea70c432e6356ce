"""Versions and branches as a program sees them: over the real house and the real small model."""

from tests.appliance import Json, Person, texts


async def messages(who: Person, session: str) -> list[Json]:
    listed: list[Json] = (await who.http.get(f"/api/sessions/{session}/messages/")).json()
    return listed


async def test_another_answer_reads_nothing_again_and_both_stay(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=12, ignore_eos=True, seed=3, system_prompt="You are a careful cook. " * 20)
    first = (await minsu.ask(session, "How do I boil rice?"))[-1]["message"]
    async with minsu.socket(session) as one, minsu.socket(session) as two:
        await one.send(type="regenerate", message_id=first["id"])
        frames = await one.until_end()
        seen = await two.until_end()
    assert [f for f in seen if f["type"] == "stream_end"] == [frames[-1]]
    stored, start = frames[0], next(f for f in frames if f["type"] == "stream_start")
    assert (stored["type"], stored["message"]["role"], stored["message"]["status"]) == (
        "message_stored", "assistant", "queued",
    )  # fmt: skip
    second = frames[-1]["message"]
    assert start["message"] == {"id": second["id"], "role": "assistant", "parent_id": first["parent_id"]}
    assert second["versions"] == [first["id"], second["id"]]
    assert second["content"] != first["content"], "the same seed"
    assert second["usage"]["cached_tokens"] >= second["usage"]["prompt_tokens"] - 1
    assert [m["id"] for m in await messages(minsu, session)] == [first["parent_id"], second["id"]]
    async with minsu.socket(session) as chat:
        await chat.send(type="select", message_id=first["id"])
        assert await chat.next() == {"type": "branch", "leaf_id": first["id"]}
    assert (await messages(minsu, session))[-1]["content"] == first["content"]


async def test_an_edited_question_branches_with_its_own_history(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=8, ignore_eos=True)
    await minsu.ask(session, "Hello there.")
    second = (await minsu.ask(session, "Name a colour."))[-1]["message"]
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Name a fruit.", edit_of=second["parent_id"])
        end = (await chat.until_end())[-1]["message"]
    listed = await messages(minsu, session)
    assert [m["content"] for m in listed if m["role"] == "user"] == ["Hello there.", "Name a fruit."]
    assert listed[2]["versions"] == [second["parent_id"], end["parent_id"]]
    assert abs(end["usage"]["prompt_tokens"] - second["usage"]["prompt_tokens"]) < 5, (
        "the other branch was prompted too"
    )


async def test_a_cut_answer_goes_on_from_its_tokens(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=10, ignore_eos=True)
    cut = (await minsu.ask(session, "Tell me about the sea."))[-1]
    assert cut["message"]["finish_reason"] == "length"
    async with minsu.socket(session) as chat:
        await chat.send(type="continue", message_id=cut["message"]["id"])
        frames = await chat.until_end()
    start = next(f for f in frames if f["type"] == "stream_start")
    assert (start["seq"], start["content"], start["resumed"]) == (cut["seq"], cut["message"]["content"], True)
    message = frames[-1]["message"]
    assert (message["id"], message["run_id"]) == (cut["message"]["id"], cut["message"]["run_id"])
    assert message["content"] == cut["message"]["content"] + texts(frames)
    assert message["usage"]["completion_tokens"] == 20
    async with minsu.socket(session) as chat:
        await chat.send(type="resume", run_id=message["run_id"], after_seq=0)
        assert texts(await chat.until_end()) == message["content"]


async def test_a_stopped_answer_goes_on_and_a_whole_one_does_not(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=600, ignore_eos=True)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Count to a million.")
        await chat.until("stream_token")
        await chat.send(type="stop")
        stopped = (await chat.until_end())[-1]["message"]
        await chat.send(type="continue", message_id=stopped["id"])
        begun = await chat.until("stream_token")
        await chat.send(type="continue", message_id=stopped["id"])
        assert (await chat.until("error"))[-1]["error"]["code"] == "run_in_progress"
        await chat.send(type="stop")
        ended = (await chat.until("stream_end"))[-1]["message"]
        assert ended["content"].startswith(stopped["content"] + begun[-1]["token"])
        for said in ({"type": "continue", "message_id": 999_999}, {"type": "select", "message_id": 999_999},
                     {"type": "regenerate", "message_id": 999_999},
                     {"type": "message", "content": "x", "edit_of": 999_999}):  # fmt: skip
            await chat.send(**said)
            assert (await chat.until("error"))[-1]["error"]["code"] == "not_found"


async def test_messages_are_deleted_but_not_while_they_are_made(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=300, ignore_eos=True)
    path = f"/api/sessions/{session}/messages/"
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Count to a million.")
        await chat.until("stream_token")
        question = (await messages(minsu, session))[0]["id"]
        refused = await minsu.http.delete(f"{path}{question}/")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "run_in_progress")
        await chat.send(type="stop")
        await chat.until_end()
        assert (await minsu.http.delete(f"{path}{question}/")).status_code == 204
        assert await chat.next() == {"type": "branch", "leaf_id": None}
    assert await messages(minsu, session) == []
    assert (await minsu.http.delete(f"{path}{question}/")).status_code == 404


async def test_any_answer_has_a_thumb(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=4)
    answer = (await minsu.ask(session, "hi"))[-1]["message"]["id"]
    path = f"/api/sessions/{session}/messages/{answer}/feedback/"
    for thumb in ("up", "down"):
        told = await minsu.http.put(path, json={"thumb": thumb})
        assert told.json() == {"message_id": answer, "thumb": thumb, "passages": 0}
        assert (await messages(minsu, session))[-1]["thumb"] == thumb
    assert (await minsu.http.put(path, json={"thumb": "sideways"})).status_code == 400
    assert (await minsu.http.delete(path)).status_code == 204
    assert (await messages(minsu, session))[-1]["thumb"] is None
