"""Templates are tried unsaved, and keep what they said before."""

import asyncio
import json
from typing import Any

from tests.appliance import Person, eventually

DRAFT: dict[str, Any] = {
    "name": "Tutor",
    "system_prompt": "You are a tutor of {{subject}}.",
    "variables": [{"name": "subject", "default": "mathematics"}],
    "examples": [{"user": "Say hello.", "assistant": "Hello."}],
}


async def test_an_unsaved_template_answers_and_leaves_nothing(minsu: Person) -> None:
    body = {"template": DRAFT, "variables": {"subject": "Latin"}, "content": "Say hello."}
    async with minsu.http.stream("POST", "/api/prompts/try/", json=body) as answer:
        assert answer.status_code == 200
        events = [json.loads(line) async for line in answer.aiter_lines()]
    assert "".join(one["token"] for one in events if one["type"] == "stream_token").strip()
    assert events[-1]["type"] == "stream_end"
    assert events[-1]["usage"]["prompt_tokens"] > 20
    assert (await minsu.http.get("/api/sessions/")).json() == []
    assert (await minsu.http.get("/api/prompts/templates/")).json() == []


async def test_who_closes_the_stream_stops_the_answer(minsu: Person) -> None:
    body = {"template": {"name": "x"}, "content": "Count from one to ten thousand, a number a line, with comments."}
    async with minsu.http.stream("POST", "/api/prompts/try/", json=body) as answer:
        async for line in answer.aiter_lines():
            if json.loads(line)["type"] == "stream_token":
                break

    async def idle() -> bool:
        return bool((await minsu.http.get("/api/engine/")).json()["active"] == 0)

    async with asyncio.timeout(20):
        await eventually(idle, timeout_s=20)


async def test_a_trial_without_a_question_is_refused(minsu: Person) -> None:
    refused = await minsu.http.post("/api/prompts/try/", json={"template": DRAFT, "content": ""})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_request")


async def test_a_template_keeps_what_it_said_before(minsu: Person) -> None:
    path = f"/api/prompts/templates/{(await minsu.http.post('/api/prompts/templates/', json=DRAFT)).json()['id']}/"
    for prompt in ("Second.", "Second.", "Third."):
        assert (await minsu.http.put(path, json={"system_prompt": prompt})).status_code == 200
    versions = (await minsu.http.get(f"{path}versions/")).json()
    assert [one["system_prompt"] for one in versions] == ["Second.", DRAFT["system_prompt"]]
    assert versions[1]["examples"] == DRAFT["examples"]
    assert versions[0]["saved_at"] > versions[1]["saved_at"]
    await minsu.http.delete(path)
    assert (await minsu.http.get(f"{path}versions/")).status_code == 404
