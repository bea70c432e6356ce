"""A chat as a program sees it: SEED's protocol over the real house and the real small model."""

import asyncio

from tests.appliance import Appliance, Person, eventually, person, texts


async def test_an_answer_streams_and_ends_with_usage_and_timings(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=40, ignore_eos=True, seed=1)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Tell me about the sea.", use_rag=False)
        frames = await chat.until_end()
    kinds = [frame["type"] for frame in frames]
    assert kinds[0] == "message_stored"
    start = frames[kinds.index("stream_start")]
    tokens = [frame for frame in frames if frame["type"] == "stream_token"]
    end = frames[-1]
    assert kinds[-1] == "stream_end"
    assert start["message"]["role"] == "assistant"
    assert (start["seq"], start["content"]) == (0, "")
    assert len(tokens) >= 20
    assert [token["seq"] for token in tokens] == list(range(1, len(tokens) + 1))
    assert {token["run_id"] for token in tokens} == {start["run_id"]} == {end["run_id"]}
    message = end["message"]
    assert message["content"] == texts(frames)
    assert message["content"].strip()
    assert (message["role"], message["status"], message["rag_context"], message["sources"]) == (
        "assistant",
        "done",
        None,
        [],
    )
    assert message["usage"]["completion_tokens"] == 40
    assert message["usage"]["prompt_tokens"] > 5
    assert set(message["timings"]) == {"queue_s", "prompt_s", "decode_s", "ttft_s", "tokens_per_s"}
    assert message["timings"]["tokens_per_s"] > 1
    assert end["finish_reason"] == "length"
    stored = (await minsu.http.get(f"/api/sessions/{session}/messages/")).json()
    assert [one["role"] for one in stored] == ["user", "assistant"]
    assert stored[1] == message


async def test_the_next_turn_reads_only_what_is_new(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=24, ignore_eos=True, seed=2, system_prompt="You are a careful cook. " * 20)
    first = (await minsu.ask(session, "How do I boil rice?"))[-1]["message"]["usage"]
    second = (await minsu.ask(session, "And barley?"))[-1]["message"]["usage"]
    assert second["cached_tokens"] >= first["prompt_tokens"] + first["completion_tokens"] - 1
    assert second["prompt_tokens"] - second["cached_tokens"] < 30


async def test_the_same_seed_says_the_same(minsu: Person) -> None:
    said = []  # the first one warms the prefix: what is read in other batch shapes has other last bits
    for _ in range(3):
        session = await minsu.chat(max_tokens=16, ignore_eos=True, seed=77, temperature=1.0)
        said.append(texts(await minsu.ask(session, "Name a colour.")))
    assert said[1] == said[2]


async def test_korean_arrives_whole(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=60, ignore_eos=True, seed=3)
    frames = await minsu.ask(session, "다음 문장을 그대로 따라 써 주세요: 안녕하세요, 온돌은 따뜻합니다. 🏠")
    assert "�" not in texts(frames)
    assert frames[-1]["message"]["content"] == texts(frames)


async def test_stop_ends_the_answer_and_keeps_what_was_said(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=2000, ignore_eos=True)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Count to a million.")
        begun = await chat.until("stream_token")
        await chat.send(type="stop", run_id=begun[-1]["run_id"])
        end = (await chat.until_end(10))[-1]
    assert (end["type"], end["finish_reason"], end["message"]["status"]) == ("stream_end", "stopped", "stopped")
    assert end["message"]["content"].startswith(texts(begun))
    assert 0 < end["message"]["usage"]["completion_tokens"] < 2000


async def test_stop_works_while_the_prompt_is_being_read(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=10)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="The quick brown fox jumps over the lazy dog. " * 300)
        await chat.until("prompt_progress", "queued")
        await chat.send(type="stop")
        end = (await chat.until_end(10))[-1]
    assert (end["type"], end["message"]["status"], end["message"]["content"]) == ("stream_end", "stopped", "")


async def test_one_question_may_wait_and_a_second_may_not(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=150, ignore_eos=True)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="one")
        await chat.until("stream_token")
        await chat.send(type="message", content="two")
        queued = (await chat.until("queued"))[-1]
        assert queued["position"] == 1
        await chat.send(type="message", content="three")
        refused = (await chat.until("error"))[-1]
        assert refused["error"]["code"] == "run_in_progress"
        await chat.send(type="stop", run_id=queued["run_id"])
        stopped = (await chat.until("stream_end"))[-1]
        assert stopped["run_id"] == queued["run_id"]
        assert (await chat.until_end())[-1]["message"]["status"] == "done"


async def test_every_viewer_sees_the_same_answer(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=120, ignore_eos=True)
    async with minsu.socket(session) as one, minsu.socket(session) as two:
        await one.send(type="message", content="Tell a story.")
        await one.until("stream_token")
        async with minsu.socket(session) as late:
            joined = await late.next()
            assert joined["type"] == "stream_start"
            rest = await late.until_end()
        ends = [(await viewer.until_end())[-1] for viewer in (one, two)]
    assert ends[0] == ends[1] == rest[-1]
    assert joined["content"] + texts(rest) == rest[-1]["message"]["content"]


async def test_a_viewer_who_left_comes_back_and_misses_nothing(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=200, ignore_eos=True)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Tell a long story.")
        seen = [f for f in await chat.until("stream_token") if f["type"] == "stream_token"]
        seen += [await chat.next() for _ in range(5)]
    last = seen[-1]
    async with minsu.socket(session) as chat:
        await chat.send(type="resume", run_id=last["run_id"], after_seq=last["seq"])
        frames = await chat.until_end()
    by_seq = {f["seq"]: f["token"] for f in [*seen, *frames] if f["type"] == "stream_token"}
    assert sorted(by_seq) == list(range(1, 201))
    assert "".join(by_seq[seq] for seq in sorted(by_seq)) == frames[-1]["message"]["content"]
    async with minsu.socket(session) as chat:
        await chat.send(type="resume", run_id=last["run_id"], after_seq=195)
        again = await chat.until_end()
        assert [f["seq"] for f in again[:-1]] == [196, 197, 198, 199, 200]
        assert again[-1]["message"] == frames[-1]["message"]
        await chat.send(type="resume", run_id=last["run_id"], after_seq=999)
        ahead = await chat.until_end()
        assert (ahead[0]["type"], ahead[0]["seq"]) == ("stream_rewind", 200)
        assert ahead[0]["content"] == frames[-1]["message"]["content"]


async def test_an_answer_goes_on_when_nobody_watches(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=60, ignore_eos=True)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Tell a story.")
        await chat.until("stream_start")

    async def finished() -> bool:
        stored = (await minsu.http.get(f"/api/sessions/{session}/messages/")).json()
        return bool(stored[-1]["status"] == "done" and stored[-1]["usage"]["completion_tokens"] == 60)

    await eventually(finished, timeout_s=60)


async def test_a_running_answer_is_listed_with_its_content_so_far(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=300, ignore_eos=True)
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="Tell a story.")
        for _ in range(3):
            await chat.until("stream_token")
        stored = (await minsu.http.get(f"/api/sessions/{session}/messages/")).json()
        assert stored[-1]["status"] == "running"
        assert stored[-1]["content"]
        assert (await minsu.http.get(f"/api/sessions/{session}/")).json()["running"] is True
        await chat.send(type="stop")
        await chat.until_end()


async def test_four_people_are_answered_side_by_side(appliance: Appliance) -> None:
    async def one(number: int) -> float:
        async with person(appliance, f"parallel {number}") as somebody:
            session = await somebody.chat(max_tokens=60, ignore_eos=True)
            async with somebody.socket(session) as chat:
                await chat.send(type="message", content=f"Tell story number {number}.")
                await chat.until("stream_token")
                first = asyncio.get_running_loop().time()
                assert (await chat.until_end())[-1]["message"]["usage"]["completion_tokens"] == 60
                ended.append(asyncio.get_running_loop().time())
                return first

    ended: list[float] = []
    firsts = await asyncio.gather(*(one(number) for number in range(4)))
    assert max(firsts) < min(ended), "the last one began before the first one ended"


async def test_a_question_that_cannot_fit_says_both_numbers(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=10)
    end = (await minsu.ask(session, "word " * 9000))[-1]
    assert (end["type"], end["error"]["code"]) == ("error", "context_overflow")
    assert end["error"]["params"]["needed_tokens"] > end["error"]["params"]["n_ctx"] > 0
    stored = (await minsu.http.get(f"/api/sessions/{session}/messages/")).json()
    assert (stored[-1]["status"], stored[-1]["error"]["code"]) == ("failed", "context_overflow")
    assert (await minsu.ask(session, "hello"))[-1]["type"] == "stream_end"


async def test_template_and_system_prompt_reach_the_model(minsu: Person) -> None:
    template = (
        await minsu.http.post(
            "/api/prompts/templates/",
            json={
                "name": "shout",
                "system_prompt": "Answer about {{topic}}.",
                "examples": [{"user": "hi", "assistant": "HELLO " * 20}],
                "variables": [{"name": "topic", "default": "bread"}],
            },
        )
    ).json()
    plain = await minsu.chat(max_tokens=4)
    with_template = await minsu.chat(max_tokens=4, template_id=template["id"])
    counts = [(await minsu.ask(s, "and you?"))[-1]["message"]["usage"]["prompt_tokens"] for s in (plain, with_template)]
    assert counts[1] > counts[0] + 15
