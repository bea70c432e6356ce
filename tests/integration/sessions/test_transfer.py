"""Chats leave the house and come in again, and come in from other programs."""

import io
import json
import zipfile
from typing import Any

import httpx

from services.web.storage.messages import insert_message_under, update_message_context
from services.web.storage.tree import update_leaf
from tests.integration.library.web import House
from tests.integration.sessions.exports import CHATGPT, OPENWEBUI

Json = dict[str, Any]
SOURCE = {
    "n": 1, "document_id": "7", "title": "계약서.pdf", "page": 3, "text": "보증금은 돌려준다", "chunk_id": "9",
    "start": 10, "end": 19, "score": 0.75,
}  # fmt: skip


async def bring(client: httpx.AsyncClient, content: bytes | str | Any, status: int = 201) -> Json:
    data = content if isinstance(content, bytes | str) else json.dumps(content)
    answer = await client.post("/api/sessions/import/", files={"file": ("file.json", data)})
    assert answer.status_code == status, answer.text
    made: Json = answer.json()
    return made


async def branching_chat(house: House, client: httpx.AsyncClient) -> int:
    body = {"title": "집 계약", "settings": {"temperature": 0.3}, "folder": "집"}
    session = int((await client.post("/api/sessions/", json=body)).json()["id"])
    async with house.people.write() as tx:
        question = await insert_message_under(tx, session, None, "user", '보증금은? 🏠 "따옴표" \\ 끝')
        first = await insert_message_under(tx, session, question, "assistant", "돌려받습니다.")
        await update_message_context(tx, first, rag_context="보증금은 돌려준다", sources=[SOURCE])
        second = await insert_message_under(tx, session, question, "assistant", "모릅니다.", status="stopped")
        await insert_message_under(tx, session, second, "user", "왜?")
        await update_leaf(tx, session, first)
    await client.put(f"/api/sessions/{session}/", json={"pinned": True})
    return session


def without_ids(chat: Json) -> Json:
    place = {one["id"]: at for at, one in enumerate(chat["messages"])}
    said = [{**one, "id": place[one["id"]], "parent": place.get(one.get("parent"))} for one in chat["messages"]]
    return {**chat, "messages": said, "shown": place.get(chat["shown"])}


async def test_what_goes_out_comes_in_word_for_word(house: House) -> None:
    minsu, jiwoo = await house.client("minsu"), await house.client("jiwoo")
    session = await branching_chat(house, minsu)
    exported = await minsu.get("/api/sessions/export/")
    assert "attachment" in exported.headers["content-disposition"]
    file = exported.json()
    assert (file["format"], file["version"], len(file["chats"])) == ("ondol-chats", 1, 1)
    assert (await minsu.get(f"/api/sessions/{session}/export/?format=json")).json()["chats"] == file["chats"]

    assert await bring(minsu, exported.content) == {
        "imported": 0, "messages": 0, "skipped_count": 1, "left_out": 0,
        "skipped": [{"title": "집 계약", "reason": "already_there", "detail": ""}],
    }  # fmt: skip
    made = await bring(jiwoo, exported.content)
    assert (made["imported"], made["messages"], made["skipped_count"]) == (1, 4, 0)
    again = (await jiwoo.get("/api/sessions/export/")).json()
    assert [without_ids(one) for one in again["chats"]] == [without_ids(one) for one in file["chats"]]
    [theirs] = (await jiwoo.get("/api/sessions/?q=보증금")).json()
    messages = (await jiwoo.get(f"/api/sessions/{theirs['id']}/messages/")).json()
    assert [one["content"] for one in messages][1] == "돌려받습니다."
    assert len(messages[1]["versions"]) == 2
    assert messages[1]["sources"][0]["title"] == "계약서.pdf"


async def test_markdown_shows_the_branch_with_its_sources(house: House) -> None:
    minsu = await house.client("minsu")
    session = await branching_chat(house, minsu)
    page = (await minsu.get(f"/api/sessions/{session}/export/?format=markdown")).text
    assert page.startswith("# 집 계약\n")
    assert "## minsu\n\n보증금은?" in page
    assert "## Ondol\n\n돌려받습니다.\n\n1. 계약서.pdf, p. 3" in page
    assert "모릅니다" not in page
    jiwoo = await house.client("jiwoo")
    assert (await jiwoo.get(f"/api/sessions/{session}/export/")).status_code == 404


async def test_chatgpt(house: House) -> None:
    minsu = await house.client("minsu")
    made = await bring(minsu, CHATGPT)
    assert (made["imported"], made["messages"], made["left_out"]) == (1, 4, 1)
    assert [(one["title"], one["reason"]) for one in made["skipped"]] == [("Nothing", "empty"), ("Broken", "malformed")]
    [chat] = (await minsu.get("/api/sessions/?archived=true")).json()
    assert (chat["title"], chat["created_at"]) == ("Bleeding a radiator", "2023-11-14T22:13:20.250Z")
    messages = (await minsu.get(f"/api/sessions/{chat['id']}/messages/")).json()
    assert [one["content"] for one in messages] == ["Why does it gurgle?", "There is air in it."]
    assert len(messages[1]["versions"]) == 2
    assert (await minsu.get("/api/sessions/?q=라디에이터")).json()[0]["id"] == chat["id"]

    assert (await bring(minsu, CHATGPT))["imported"] == 0
    await minsu.delete(f"/api/sessions/{chat['id']}/")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made_zip:
        made_zip.writestr("user.json", "{}")
        made_zip.writestr("conversations.json", json.dumps(CHATGPT, ensure_ascii=False))
    assert (await bring(minsu, packed.getvalue()))["imported"] == 1


async def test_openwebui(house: House) -> None:
    minsu = await house.client("minsu")
    made = await bring(minsu, OPENWEBUI)
    assert (made["imported"], made["messages"], made["left_out"], made["skipped"]) == (2, 5, 1, [])
    dinner, old = (await minsu.get("/api/sessions/")).json()
    assert (dinner["title"], dinner["pinned"], old["title"]) == ("저녁 메뉴", True, "Old")
    messages = (await minsu.get(f"/api/sessions/{dinner['id']}/messages/")).json()
    assert [one["content"] for one in messages] == ["두부로 뭘 만들까?", "순두부찌개"]
    assert messages[1]["created_at"] == "2024-03-09T16:00:09.000Z"
    assert old["created_at"].startswith("2023-07-22")
    assert [one["reason"] for one in (await bring(minsu, OPENWEBUI))["skipped"]] == ["already_there"] * 2


async def test_wrong_files(house: House) -> None:
    minsu = await house.client("minsu")
    for content in ("", "{}", "hello", b"PK\x03\x04 no zip"):
        assert (await bring(minsu, content, 400))["error"]["code"] == "bad_request"
    assert (await minsu.post("/api/sessions/import/", json={"chats": []})).status_code == 400
    nothing = await bring(minsu, {"format": "ondol-chats", "version": 1, "chats": [{"title": "x"}, {"a": [[]]}]})
    assert [one["reason"] for one in nothing["skipped"]] == ["malformed", "malformed"]
    said = {"id": 1, "role": "assistant", "content": "x", "created_at": "2026-01-01T00:00:00Z", "sources": [{"n": 1}]}
    chat = {"title": "x", "created_at": said["created_at"], "updated_at": said["created_at"], "messages": [said]}
    assert (await bring(minsu, {"chats": [chat]}))["skipped"][0]["reason"] == "malformed"
    circle = {**CHATGPT[0], "conversation_id": "x"}
    circle["mapping"] = {"a": {**circle["mapping"]["a1"], "parent": "b", "children": ["b"]},
                         "b": {**circle["mapping"]["a1"], "parent": "a", "children": ["a"]}}  # fmt: skip
    assert [one["reason"] for one in (await bring(minsu, [circle]))["skipped"]] == ["empty"]
    assert (await minsu.get("/api/sessions/")).json() == []
    assert not list(house.shelf.library.config.home.imports.iterdir())
