"""Answers of the real small model, over the real socket."""

import asyncio
import math
import struct
import unicodedata

import msgspec
import pytest

from services.core.errors import BadRequest, ContextOverflow, InvalidSampling
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Message, Sampling, Tokens
from tests.integration.model.box import CHAT, Box, answer, ask, exactly, said, until

# The fixture's process lives as long as the module, so everything here shares the module's event loop.
pytestmark = pytest.mark.asyncio(loop_scope="module")
FREE = Sampling(temperature=0.0, ignore_eos=True)


async def test_the_handshake_tells_resolved_facts(running: Box, client: ModelClient) -> None:
    assert client.state is not None
    assert client.state.pid == running.pid
    facts = client.state.facts
    assert facts is not None
    assert (facts.file, facts.demo, facts.n_vocab, facts.n_embd) == (CHAT, True, 49152, 576)
    assert (facts.n_ctx, facts.parallel, facts.embedder_n_embd) == (4096, 4, 384)
    assert facts.chat_template
    assert running.socket.stat().st_mode & 0o777 == 0o600


async def test_an_answer_streams_token_by_token(client: ModelClient) -> None:
    got = await answer(client, ask(client, "Tell me about the sea.", max_tokens=40))
    assert len(got.text.split()) > 15
    usage = got.finished.usage
    assert usage.completion_tokens == len(got.tokens) == 40
    assert got.finished.reason == "length"
    assert got.started.context.used == usage.prompt_tokens
    assert all(len(frame.tokens) <= 2 for frame in got.frames if isinstance(frame, Tokens))
    timings = got.finished.timings
    assert 0 < timings.ttft_s <= timings.queue_s + timings.prompt_s + 0.01
    assert timings.tokens_per_s > 0


async def test_an_answer_ends_without_the_end_token_and_without_its_text(client: ModelClient) -> None:
    got = await answer(client, ask(client, "hi", sampling=exactly("Good day"), max_tokens=50))
    assert got.text == "Good day"
    assert got.finished.reason == "stop"
    assert not {0, 2} & set(got.tokens)


@pytest.mark.parametrize("text", ["온돌은 따뜻해요", "👨‍👩‍👧 🙂 𝄞", "漢字とかな"])
async def test_characters_come_whole(client: ModelClient, text: str) -> None:
    got = await answer(client, ask(client, "say it", sampling=exactly(text), max_tokens=100))
    assert got.text == text
    assert len(got.tokens) > len(text)
    assert "\ufffd" not in got.text


async def test_an_answer_cut_within_a_character_shows_only_whole_ones(client: ModelClient) -> None:
    whole = "온돌온돌온돌"
    for length in range(1, 8):
        got = await answer(client, ask(client, "say it", sampling=exactly(whole), max_tokens=length))
        assert whole.startswith(got.text)
        assert len(got.tokens) == length


async def test_stop_strings_across_tokens_are_never_shown(client: ModelClient) -> None:
    sampling = exactly("one two three STOPPING four")
    got = await answer(client, ask(client, "count", sampling=sampling, stop=("e STOPPING",), max_tokens=60))
    assert got.text == "one two thre"
    assert got.finished.reason == "stop"


async def test_several_users_share_the_steps(client: ModelClient) -> None:
    before = await client.stats()
    requests = [
        ask(client, f"Tell me a story about number {i}.", user=f"u{i}", max_tokens=40, sampling=FREE) for i in range(4)
    ]
    answers = await asyncio.gather(*(answer(client, request) for request in requests))
    assert [len(got.tokens) for got in answers] == [40] * 4
    after = await client.stats()
    assert after.steps_total - before.steps_total < 100
    assert after.completion_tokens_total - before.completion_tokens_total == 160


async def test_later_turns_read_only_what_is_new(client: ModelClient) -> None:
    history: list[Message] = []
    for turn in range(4):
        question = f"Question number {turn}: what is the colour of snow?"
        got = await answer(client, ask(client, question, history=history, chat="snow", max_tokens=20))
        usage = got.finished.usage
        (fresh,) = await client.count_tokens([question])
        if turn:
            assert usage.prompt_tokens - usage.cached_tokens <= fresh + 12
        history += [said("user", question), said("assistant", got.text, got.tokens)]


async def test_chats_with_the_same_instructions_share_them(client: ModelClient) -> None:
    system = said("system", "You are the stove of a house and speak slowly. " * 12)
    first = await answer(client, ask(client, "Who are you?", history=[system], max_tokens=3))
    second = await answer(client, ask(client, "Are you warm?", history=[system], max_tokens=3))
    assert first.finished.usage.cached_tokens < 20
    assert second.finished.usage.cached_tokens > 120


async def test_the_same_seed_says_the_same(client: ModelClient) -> None:
    texts = []
    for _ in range(2):
        request = ask(client, "Invent a name.", max_tokens=24, sampling=Sampling(temperature=1.0, seed=7))
        texts.append((await answer(client, msgspec.structs.replace(request, repeatable=True))).text)
    assert texts[0] == texts[1]


async def test_a_resumed_answer_counts_and_goes_on(client: ModelClient) -> None:
    whole = await answer(client, ask(client, "Tell me about bread.", max_tokens=24))
    resumed = await answer(client, ask(client, "Tell me about bread.", max_tokens=24, resume=whole.tokens[:10]))
    assert resumed.finished.usage.completion_tokens == 24
    assert len(resumed.tokens) == 14
    assert resumed.started.prompt_tokens == whole.started.prompt_tokens


async def test_abort_in_the_middle_of_an_answer(client: ModelClient) -> None:
    request = ask(client, "Tell me everything.", max_tokens=3000, sampling=FREE)
    count, last = 0, None
    async for frame in client.generate(request):
        count += isinstance(frame, Tokens)
        if count == 5:
            client.abort(request.id)
            client.abort(request.id)
        last = frame
    assert last is not None
    assert getattr(last, "reason", "") == "aborted"
    assert count < 60


async def test_abort_while_a_prompt_is_read_and_the_reading_is_not_lost(client: ModelClient) -> None:
    text = "The house has a warm floor and a cold roof. " * 70
    request = ask(client, text, chat="long")
    frames = []
    async for frame in client.generate(request):
        frames.append(frame)
        client.abort(request.id)
    assert getattr(frames[-1], "reason", "") == "aborted"
    assert not any(isinstance(frame, Tokens) for frame in frames)
    again = await answer(client, ask(client, text, chat="long", max_tokens=1))
    assert again.finished.usage.prompt_tokens > 600
    assert again.progress[0].cached == again.finished.usage.cached_tokens
    assert [frame.done for frame in again.progress] == sorted(frame.done for frame in again.progress)


async def test_a_caller_that_leaves_ends_its_answer(running: Box, client: ModelClient) -> None:
    async with running.client() as leaving:
        frames = leaving.generate(ask(leaving, "Tell me everything.", max_tokens=3000, sampling=FREE))
        async for frame in frames:
            if isinstance(frame, Tokens):
                break
        leaving._writer.transport.abort()  # type: ignore[union-attr]  # as a killed process would

        async def nobody_answers() -> bool:
            return (await client.stats()).active == 0

        await until(nobody_answers)


async def test_control_tokens_in_a_question_stay_text(client: ModelClient) -> None:
    plain = await answer(client, ask(client, "a b", max_tokens=1))
    tricky = await answer(client, ask(client, "a <|im_end|> b", max_tokens=1))
    assert tricky.started.prompt_tokens > plain.started.prompt_tokens + 3


async def test_what_does_not_fit_is_refused_with_both_numbers(client: ModelClient) -> None:
    with pytest.raises(ContextOverflow) as refused:
        await answer(client, ask(client, "word " * 6000))
    assert refused.value.params["n_ctx"] == 4096
    needed = refused.value.params["needed_tokens"]
    assert isinstance(needed, int)
    assert needed > 6000


@pytest.mark.parametrize(
    "sampling", [Sampling(temperature=-1.0), Sampling(grammar="root ::= ("), Sampling(json_schema="{")]
)
async def test_wrong_sampling_is_refused_and_the_process_lives(client: ModelClient, sampling: Sampling) -> None:
    with pytest.raises(InvalidSampling):
        await answer(client, ask(client, "hi", sampling=sampling))
    assert (await answer(client, ask(client, "hi", max_tokens=2))).finished.reason == "length"


@pytest.mark.parametrize("token", [-1, 49152, 2**31])
async def test_token_numbers_of_another_model_are_refused(client: ModelClient, token: int) -> None:
    with pytest.raises(BadRequest):
        await answer(client, ask(client, "hi", resume=(token,)))


async def test_embeddings_know_what_belongs_together(client: ModelClient) -> None:
    passages = ["온돌은 바닥을 데우는 한국의 전통 난방이다.", "The stock market fell today.", ""]
    vectors = [_floats(blob) for blob in await client.embed(passages, kind="passage", priority="ingest")]
    (question,) = [_floats(blob) for blob in await client.embed(["한국의 바닥 난방은?"], kind="query")]
    assert {len(vector) for vector in [*vectors, question]} == {384}
    assert all(math.isclose(sum(x * x for x in vector), 1.0, rel_tol=1e-4) for vector in [*vectors, question])
    near, far = (_cosine(question, vector) for vector in vectors[:2])
    assert near > far + 0.1


async def test_embeddings_of_one_text_are_the_same_in_any_company_and_form(client: ModelClient) -> None:
    text = "장판 위의 고양이"
    decomposed = unicodedata.normalize("NFD", text)
    (alone,) = await client.embed([text], kind="query")
    _, among, other_form = await client.embed(["something else", text, decomposed], kind="query")
    assert _cosine(_floats(alone), _floats(among)) > 0.9999
    assert _cosine(_floats(alone), _floats(other_form)) > 0.9999


async def test_a_text_beyond_the_embedder_s_length_is_cut_not_fatal(client: ModelClient) -> None:
    long = "가나다라 마바사 아자차카 " * 3000
    (whole,) = await client.embed([long], kind="passage", priority="ingest")
    (beginning,) = await client.embed([long[: len(long) // 2]], kind="passage", priority="ingest")
    assert _cosine(_floats(whole), _floats(beginning)) > 0.9999


async def test_an_answer_goes_on_while_a_library_is_embedded(client: ModelClient) -> None:
    texts = [f"Passage {i}: " + "the floor is warm and dry " * 12 for i in range(40)]
    library = asyncio.create_task(client.embed(texts, kind="passage", priority="ingest"))
    got = await answer(client, ask(client, "Tell me a story.", max_tokens=60, sampling=FREE))
    assert len(got.tokens) == 60
    assert not library.done()
    assert len(await library) == 40


def _floats(blob: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(blob) // 4}f", blob)


def _cosine(left: tuple[float, ...], right: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
