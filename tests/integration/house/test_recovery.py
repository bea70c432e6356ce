"""Processes are killed while they work; what was said stays said, and nobody is left in silence."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from tests.appliance import Appliance, Json, Person, children_of, eventually, person, texts
from tests.storm.killer import pid_or_none


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Appliance]:
    """A house of this test's own, to break."""
    own = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false")
    try:
        yield own.start()
    finally:
        own.stop()


async def begin(who: Person, tokens: int) -> tuple[str, list[Json]]:
    """A session with an answer under way, and the frames seen of it."""
    session = await who.chat(max_tokens=tokens, ignore_eos=True, seed=5)
    async with who.socket(session) as chat:
        await chat.send(type="message", content="Tell a long story about a lighthouse.")
        frames = await chat.until("stream_token")
        frames += [await chat.next() for _ in range(4)]
    return session, frames


async def replaced(house: Appliance, pid: int) -> None:
    """Until another model process than `pid` has said hello (it has read what the one before left behind)."""
    note = house.home / "run" / "model.life"
    await eventually(lambda: pid_or_none(house, "model") not in (None, pid) and str(pid) not in note.read_text())


async def stored_run(who: Person, run_id: str) -> Json:
    answer = await who.http.get(f"/api/runs/{run_id}/")
    assert answer.status_code == 200, answer.text
    run: Json = answer.json()
    return run


async def stored_answer(who: Person, session: str) -> Json:
    answer: Json = (await who.http.get(f"/api/sessions/{session}/messages/")).json()[-1]
    return answer


async def test_a_killed_model_process_is_replaced_and_the_answer_goes_on(house: Appliance) -> None:
    async with person(house, "minsu") as minsu:
        session = await minsu.chat(max_tokens=150, ignore_eos=True, seed=5)
        others = house.pid_of("web"), house.pid_of("ingest")
        async with minsu.socket(session) as chat:
            await chat.send(type="message", content="Tell a long story about a lighthouse.")
            before = await chat.until("stream_token")
            before += [await chat.next() for _ in range(5)]
            killed = house.kill("model")
            begun = time.monotonic()
            after = [await chat.next()]
            while not any(frame["type"] == "stream_token" for frame in after):
                after.append(await chat.next())
            again_s = time.monotonic() - begun
            after += await chat.until_end()
        assert after[-1]["type"] == "stream_end", after[-1]
        tokens = [f for f in before + after if f["type"] == "stream_token"]
        assert [f["seq"] for f in tokens] == list(range(1, 151))
        message = after[-1]["message"]
        assert message["content"] == texts(tokens)
        assert message["usage"]["completion_tokens"] == 150
        restarting = [frame for frame in after if frame["type"] == "model_restarting"]
        assert [(frame["attempt"], frame["attempts"]) for frame in restarting] == [(1, 3)] * len(restarting)
        run = await stored_run(minsu, message["run_id"])
        assert (run["status"], run["seq"], run["attempts"]) == ("done", 150, 2)
        assert (run["content"], run["finish_reason"]) == (message["content"], "length")
        assert run["timings"]["tokens_per_s"] > 0
        assert house.pid_of("model") != killed
        assert (house.pid_of("web"), house.pid_of("ingest")) == others
        assert again_s < 30, f"{again_s:.1f} s"
        assert "ondol_model_restarts_total 1.0" in (await minsu.http.get("/metrics")).text


async def test_a_killed_web_process_continues_the_answer_word_for_word(house: Appliance) -> None:
    async with person(house, "minsu") as minsu:
        session, frames = await begin(minsu, 200)
        await asyncio.sleep(0.4)  # the journal is at most 250 ms behind
        house.kill("web")
        house.wait("/readyz")

        async def done() -> Json | None:
            answer = await stored_answer(minsu, session)
            return answer if answer["status"] == "done" else None

        answer = await eventually(done, timeout_s=90)
        assert answer["usage"]["completion_tokens"] == 200
        assert answer["usage"]["cached_tokens"] == answer["usage"]["prompt_tokens"], "the chat was read again"
        assert answer["content"].startswith(texts(frames))
        async with minsu.socket(session) as chat:
            await chat.send(type="resume", run_id=answer["run_id"], after_seq=0)
            replayed = await chat.until_end()
        assert texts(replayed) == answer["content"]


async def test_a_restart_of_everything_goes_on_with_the_answer(house: Appliance) -> None:
    async with person(house, "minsu") as minsu:
        session, frames = await begin(minsu, 200)
        async with minsu.socket(session) as chat:
            assert await asyncio.to_thread(house.stop) < 8
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await chat.until("stream_end")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        house.start()
        cookies = minsu.http.cookies

        async def done() -> Json | None:
            answer = await stored_answer(minsu, session)
            return answer if answer["status"] == "done" else None

        assert cookies
        answer = await eventually(done, timeout_s=90)
        assert answer["content"].startswith(texts(frames))
        assert answer["usage"]["completion_tokens"] == 200
        assert (await stored_run(minsu, answer["run_id"]))["attempts"] == 1, "a stop by the owner is no fault"


async def test_an_answer_that_is_cut_off_too_often_is_given_up_with_its_text(house: Appliance) -> None:
    async with person(house, "minsu") as minsu, person(house, "hana") as hana:
        session, frames = await begin(minsu, 3000)
        run_id = frames[-1]["run_id"]
        assert (await hana.http.get(f"/api/runs/{run_id}/")).status_code == 404
        seq = 0
        for cut, service in enumerate(("model", "web", "model", "web"), 1):

            async def further(seq: int = seq, cut: int = cut) -> Json | None:
                run = await stored_run(minsu, run_id)
                return run if run["seq"] > seq + 40 and run["attempts"] == cut else None

            run = await eventually(further, timeout_s=60)
            seq = run["seq"]
            house.kill(service)
            await asyncio.to_thread(house.wait, "/readyz")

        async def failed() -> Json | None:
            answer = await stored_answer(minsu, session)
            return answer if answer["status"] == "failed" else None

        answer = await eventually(failed, timeout_s=30)
        assert (answer["error"]["code"], answer["error"]["params"]["continuations"]) == ("run_given_up", 3)
        assert answer["content"].startswith(run["content"][: len(texts(frames))])
        assert (await stored_run(minsu, run_id))["seq"] >= seq - 40
        assert (await minsu.ask(await minsu.chat(max_tokens=5), "Say hello."))[-1]["type"] == "stream_end"


async def test_an_answer_begun_by_another_model_is_not_continued_in_a_wrong_vocabulary(tmp_path: Path) -> None:
    house = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false").start()
    try:
        async with person(house, "minsu") as minsu:
            session, frames = await begin(minsu, 400)
            await asyncio.sleep(0.4)
            house.stop()
            models = house.home / "models"
            os.link(models / "SmolLM2-135M-Instruct.Q4_1.gguf", models / "another.gguf")
            house.settings["ONDOL_MODEL"] = "another.gguf"
            house.start()

            async def failed() -> Json | None:
                answer = await stored_answer(minsu, session)
                return answer if answer["status"] == "failed" else None

            answer = await eventually(failed, timeout_s=30)
            assert answer["error"]["code"] == "model_changed"
            assert answer["content"].startswith(texts(frames))
            assert (await minsu.ask(session, "hello"))[-1]["type"] in ("stream_end", "error")
    finally:
        house.stop()


async def test_stopping_leaves_no_process_and_no_socket(house: Appliance) -> None:
    pids = [house.pid, *children_of(house.pid)]
    assert len(pids) == 5
    assert house.stop(signal.SIGINT) < 8
    alive = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert alive == []
    assert [path.name for path in (house.home / "run").glob("*.sock")] == []


async def test_a_killed_supervisor_leaves_no_second_set_behind(house: Appliance) -> None:
    pids = children_of(house.pid)
    os.kill(house.pid, signal.SIGKILL)

    def gone() -> bool:
        return not any(
            Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids
        )

    await eventually(gone, timeout_s=10)
    house.stop()
    house.start()
    async with person(house, "minsu") as minsu:
        session = await minsu.chat(max_tokens=3)
        assert (await minsu.ask(session, "hi"))[-1]["type"] == "stream_end"


async def test_a_second_copy_of_a_service_is_refused(house: Appliance) -> None:
    for service in ("web", "model", "ingest"):
        second = await asyncio.create_subprocess_exec(
            ".venv/bin/python",
            "-m",
            f"services.{service}",
            env={**os.environ, "ONDOL_HOME": str(house.home), "ONDOL_PORT": "1"},
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await asyncio.wait_for(second.communicate(), 30)
        assert second.returncode != 0, said
        assert b"already runs as process" in said
        assert b"Traceback" not in said


async def test_a_model_that_keeps_dying_is_told_with_its_cause_and_the_rest_goes_on(tmp_path: Path) -> None:
    house = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false", ONDOL_ENGINE__RETRY_S="8").start()
    try:
        async with person(house, "minsu") as minsu:
            for _ in range(3):
                before = house.kill("model")
                await replaced(house, before)

            async def resting() -> Json | None:
                engine: Json = (await minsu.http.get("/api/engine/")).json()
                return engine if engine["state"] == "unavailable" else None

            engine = await eventually(resting, timeout_s=20)
            assert "died 3 times in a row" in engine["reason"]
            session = await minsu.chat(max_tokens=3)
            error = (await minsu.ask(session, "hello?"))[-1]["error"]
            assert (error["code"], error["params"]["cause"]) == ("model_unavailable", "unknown")
            (house.home / "inbox" / "shared" / "lamp.txt").write_text("The lamp is trimmed at dusk.\n")

            async def found() -> bool:
                return bool((await minsu.http.get("/api/rag/search/?q=lamp")).json()["results"])

            await eventually(found, timeout_s=20)
            assert len((await minsu.http.get("/api/sessions/")).json()) == 1
            await asyncio.to_thread(house.wait, "/readyz")
            assert (await minsu.ask(session, "hello?"))[-1]["type"] == "stream_end"
    finally:
        house.stop()


async def test_a_broken_model_file_is_told_and_a_good_one_is_found(tmp_path: Path) -> None:
    house = Appliance(tmp_path / "house", ONDOL_MODEL="broken.gguf", ONDOL_ENGINE__CALIBRATE="false")
    models = house.home / "models"
    models.mkdir(parents=True)
    (models / "broken.gguf").write_bytes(b"GGUF" + bytes(100))
    try:
        house.start(ready=False)
        async with person(house, "minsu") as minsu:

            async def told() -> Json | None:
                engine: Json = (await minsu.http.get("/api/engine/")).json()
                return engine if engine["state"] == "unavailable" else None

            engine = await eventually(told, timeout_s=30)
            assert "broken.gguf" in engine["reason"]
            ready = await minsu.http.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["model"]["state"] == "unavailable"
            session = await minsu.chat()
            end = (await minsu.ask(session, "hello?"))[-1]
            assert (end["type"], end["error"]["code"]) == ("error", "model_unavailable")
            assert house.pid_of("model")
    finally:
        house.stop()
