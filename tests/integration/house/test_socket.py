"""The chat socket's door and its manners with bad input."""

import json

import pytest
import websockets

from tests.appliance import Appliance, Person, person


async def refused(appliance: Appliance, path: str, **headers: str) -> int:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with websockets.connect(f"ws://127.0.0.1:{appliance.port}{path}", additional_headers=headers):
            pass
    body = json.loads(caught.value.response.body or b"{}")
    assert set(body["error"]) == {"code", "message", "params", "request_id"}
    return caught.value.response.status_code


async def test_strangers_foreign_pages_and_other_peoples_chats_are_refused(minsu: Person) -> None:
    session = await minsu.chat()
    path = f"/ws/chat/{session}/"
    cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in minsu.http.cookies.items())}
    assert await refused(minsu.appliance, path) == 401
    assert await refused(minsu.appliance, path, **cookie, Origin="http://evil.example") == 403
    assert await refused(minsu.appliance, "/ws/chat/999999/", **cookie) == 404
    assert await refused(minsu.appliance, "/ws/chat/x/", **cookie) == 404
    async with person(minsu.appliance, "somebody else") as other:
        foreign = {"Cookie": "; ".join(f"{k}={v}" for k, v in other.http.cookies.items())}
        assert await refused(minsu.appliance, path, **foreign) == 404


async def test_the_own_page_is_let_in(minsu: Person) -> None:
    session = await minsu.chat()
    async with minsu.socket(session, Origin=minsu.appliance.url) as chat:
        await chat.send(type="ping")
        assert (await chat.next())["type"] == "pong"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type":"nope"}',
        '{"type":"message"}',
        '{"type":"message","content":5}',
        '{"content":"x"}',
    ],
)
async def test_malformed_messages_get_a_typed_error_and_the_socket_lives(minsu: Person, text: str) -> None:
    session = await minsu.chat()
    async with minsu.socket(session) as chat:
        await chat.connection.send(text)
        assert (await chat.next())["error"]["code"] == "bad_request"
        await chat.send(type="ping")
        assert (await chat.next())["type"] == "pong"


async def test_an_oversized_message_and_an_empty_one(minsu: Person) -> None:
    session = await minsu.chat()
    async with minsu.socket(session) as chat:
        await chat.send(type="message", content="x" * 1_100_000)
        assert (await chat.next())["error"]["code"] == "too_large"
        await chat.send(type="message", content="x" * 300_000)
        assert (await chat.next())["error"]["code"] == "bad_request"
        await chat.send(type="message", content="  ")
        assert (await chat.next())["error"]["code"] == "bad_request"
        await chat.send(type="resume", run_id="nope", after_seq=0)
        assert (await chat.next())["error"]["code"] == "not_found"
        await chat.send(type="ping")
        assert (await chat.next())["type"] == "pong"


async def test_a_question_sent_twice_is_asked_once(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=4)
    question = {"type": "message", "content": "Once, please.", "client_id": "from-a-phone-1"}
    async with minsu.socket(session) as chat:
        await chat.send(**question)
        stored = (await chat.until("message_stored"))[-1]
        assert stored["client_id"] == "from-a-phone-1"
    async with minsu.socket(session) as chat:
        await chat.send(**question)
        known = (await chat.until("message_known"))[-1]
        assert known == {
            "type": "message_known", "client_id": "from-a-phone-1", "message_id": stored["message"]["id"]
        }  # fmt: skip
        await chat.send(type="message", content="", client_id="from-a-phone-2")
        assert (await chat.until("error"))[-1]["client_id"] == "from-a-phone-2"
        await chat.send(type="message", content="x", client_id="y" * 65)
        assert (await chat.until("error"))[-1]["error"]["code"] == "bad_request"
    messages = (await minsu.http.get(f"/api/sessions/{session}/messages/")).json()
    assert [one["role"] for one in messages] == ["user", "assistant"]
