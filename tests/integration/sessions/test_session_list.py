"""The list of chats over REST: places, search, deleting and bringing back, and what other windows hear."""

import json
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import websockets

from services.web.chat.session_list import SessionList
from services.web.storage.messages import insert_message
from tests.integration.library.web import House

Json = dict[str, Any]


async def chat(client: httpx.AsyncClient, title: str, **more: Any) -> str:
    made = await client.post("/api/sessions/", json={"title": title, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def say(house: House, session_id: str, *texts: str) -> list[int]:
    async with house.people.write() as tx:
        return [
            await insert_message(tx, int(session_id), ("user", "assistant")[n % 2], text, "done", None)
            for n, text in enumerate(texts)
        ]


async def listed(client: httpx.AsyncClient, query: str = "") -> list[Json]:
    answer = await client.get(f"/api/sessions/{query}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found


async def titles(client: httpx.AsyncClient, query: str = "") -> list[str]:
    return [one["title"] for one in await listed(client, query)]


def text_of(pieces: list[Json]) -> str:
    return "".join(f"[{one['text']}]" if one["mark"] else one["text"] for one in pieces)


@asynccontextmanager
async def events(house: House, client: httpx.AsyncClient) -> Any:
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    url = house.address.replace("http", "ws") + "/ws/events/"
    async with websockets.connect(url, additional_headers={"Cookie": cookie}) as socket:
        assert json.loads(await socket.recv()) == {"type": "sessions_info"}
        yield socket


async def test_places_order_and_pages(house: House) -> None:
    minsu = await house.client("minsu")
    ids = [await chat(minsu, str(n)) for n in range(6)]
    for session_id, change in ((ids[1], {"pinned": True}), (ids[4], {"archived": True}), (ids[2], {"folder": "여행 "})):
        assert (await minsu.put(f"/api/sessions/{session_id}/", json=change)).status_code == 200
    assert await titles(minsu) == ["1", "5", "3", "2", "0"]
    first = await listed(minsu, "?limit=2")
    rest = await titles(minsu, f"?limit=9&before={first[-1]['id']}")
    assert [one["title"] for one in first] + rest == ["1", "5", "3", "2", "0"]
    assert await titles(minsu, "?archived=true") == ["4"]
    assert await titles(minsu, "?folder=%EC%97%AC%ED%96%89") == ["2"]
    assert await titles(minsu, "?folder=&pinned=false") == ["5", "3", "0"]
    assert (await minsu.get("/api/sessions/folders/")).json() == [{"name": "여행", "count": 1}]
    assert (await minsu.put(f"/api/sessions/{ids[2]}/", json={"folder": ""})).json()["folder"] == ""
    assert (await minsu.get("/api/sessions/folders/")).json() == []


async def test_search_finds_korean_and_english_where_they_stand(house: House) -> None:
    minsu, jiwoo = await house.client("minsu"), await house.client("지우")
    heating = await chat(minsu, "난방비 줄이기")
    said = await say(
        house, heating, "온돌방 바닥이 <차가워요>", "Bleed the radiators first, then check the boiler pressure."
    )
    walk = await chat(minsu, "Winter walk")
    await say(house, walk, "Where is the café?", "Near the old radiator works. " + "Long way. " * 40 + "온돌")
    theirs = await chat(jiwoo, "radiator")
    await say(house, theirs, "온돌방 radiator")

    found = await listed(minsu, "?q=radiat")
    assert [one["id"] for one in found] == [walk, heating]
    assert found[1]["match"]["title"] is None
    assert found[1]["match"]["message"]["message_id"] == said[1]
    assert text_of(found[1]["match"]["message"]["excerpt"]).startswith("Bleed the [radiat]ors first")
    found = await listed(minsu, "?q=돌방")
    assert [one["id"] for one in found] == [heating]
    assert text_of(found[0]["match"]["message"]["excerpt"]) == "온[돌방] 바닥이 <차가워요>"
    assert text_of((await listed(minsu, "?q=난방"))[0]["match"]["title"]) == "[난방]비 줄이기"
    assert text_of((await listed(minsu, "?q=온돌"))[0]["match"]["message"]["excerpt"]).endswith("way. [온돌]")
    assert await titles(minsu, "?q=cafe") == ["Winter walk"]
    assert await titles(minsu, "?q=방") == ["난방비 줄이기"]
    assert await titles(minsu, "?q=boiler pressure") == ["난방비 줄이기"]
    assert await titles(minsu, "?q=boiler works") == []
    assert await titles(minsu, "?q=%22 OR * NEAR(") == []
    assert await titles(minsu, "?q=...") == []
    assert await titles(minsu, f"?q=radiat&limit=1&before={walk}") == ["난방비 줄이기"]


async def test_the_index_follows_every_change(house: House) -> None:
    minsu = await house.client("minsu")
    session = await chat(minsu, "alpha")
    [message] = await say(house, session, "quokka")
    assert await titles(minsu, "?q=quokka") == ["alpha"]
    async with house.people.write() as tx:
        await tx.run("UPDATE messages SET content = 'wombat 웜뱃' WHERE id = ?", (message,))
    assert await titles(minsu, "?q=quokka") == []
    assert await titles(minsu, "?q=웜뱃") == ["alpha"]
    await minsu.put(f"/api/sessions/{session}/", json={"title": "beta"})
    assert await titles(minsu, "?q=alpha") == []
    assert await titles(minsu, "?q=beta") == ["beta"]
    async with house.people.write() as tx:
        await tx.run("DELETE FROM messages WHERE id = ?", (message,))
        await tx.run("INSERT INTO message_fts (message_fts) VALUES ('integrity-check')")
        await tx.run("INSERT INTO title_fts (title_fts) VALUES ('integrity-check')")
    assert await titles(minsu, "?q=wombat") == []


async def test_deleted_chats_come_back_or_are_gone_for_good(house: House) -> None:
    minsu, jiwoo = await house.client("minsu"), await house.client("jiwoo")
    keep, gone = await chat(minsu, "keep"), await chat(minsu, "gone")
    await say(house, gone, "zebrafinch secret")
    await say(house, keep, "something else")
    assert (await minsu.delete(f"/api/sessions/{gone}/")).status_code == 204
    assert (await minsu.delete(f"/api/sessions/{gone}/")).status_code == 404
    assert await titles(minsu) == ["keep"]
    assert await titles(minsu, "?q=zebrafinch") == []
    assert (await minsu.get(f"/api/sessions/{gone}/messages/")).status_code == 404
    assert (await jiwoo.post(f"/api/sessions/{gone}/restore/")).status_code == 404
    assert (await minsu.post(f"/api/sessions/{keep}/restore/")).status_code == 404
    assert (await minsu.post(f"/api/sessions/{gone}/restore/")).json()["title"] == "gone"
    assert await titles(minsu, "?q=zebrafinch") == ["gone"]

    assert await house.sessions.purge() is None
    assert await titles(minsu) == ["gone", "keep"]
    await minsu.delete(f"/api/sessions/{gone}/")
    waits_s = await house.sessions.purge()
    assert waits_s is not None
    assert 500 < waits_s <= 600
    async with house.people.write() as tx:  # as by a clock that was put back since
        await tx.run("UPDATE chat_sessions SET deleted_at = '2099-01-01T00:00:00.000Z' WHERE id = ?", (gone,))
    waits_s = await house.sessions.purge()
    assert waits_s is not None
    assert 500 < waits_s <= 600
    hurried = SessionList(house.people, house.runs, house.events, undo_s=0)
    assert await hurried.purge() is None
    assert (await minsu.post(f"/api/sessions/{gone}/restore/")).status_code == 404
    assert await titles(minsu) == ["keep"]
    for file in house.people.path.parent.glob("ondol.db*"):
        assert b"zebrafinch" not in file.read_bytes(), file.name


async def test_many_at_once(house: House) -> None:
    minsu, jiwoo = await house.client("minsu"), await house.client("jiwoo")
    ids = [await chat(minsu, str(n)) for n in range(4)]
    other = await chat(jiwoo, "theirs")

    async def bulk(action: str, **more: Any) -> Json:
        answer = await minsu.post("/api/sessions/bulk/", json={"ids": [*ids[:2], other], "action": action, **more})
        assert answer.status_code == 200, answer.text
        made: Json = answer.json()
        return made

    assert await bulk("move", folder="집") == {"changed": ids[:2], "missing": [other]}
    assert (await minsu.get("/api/sessions/folders/")).json() == [{"name": "집", "count": 2}]
    await bulk("pin")
    assert await titles(minsu) == ["1", "0", "3", "2"]
    await bulk("unpin")
    await bulk("archive")
    assert await titles(minsu) == ["3", "2"]
    await bulk("unarchive")
    assert await bulk("delete") == {"changed": ids[:2], "missing": [other]}
    assert await titles(minsu) == ["3", "2"]
    await bulk("restore")
    assert await titles(minsu) == ["3", "2", "1", "0"]
    assert await titles(jiwoo) == ["theirs"]


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [], "action": "delete"},
        {"ids": ["1"], "action": "burn"},
        {"ids": ["1"], "action": "move"},
        {"ids": ["1"], "action": "move", "folder": "a\u0007"},
        {"ids": ["1"] * 501, "action": "pin"},
    ],
)
async def test_wrong_bulk_requests(house: House, body: Json) -> None:
    minsu = await house.client("minsu")
    answer = await minsu.post("/api/sessions/bulk/", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


async def test_other_windows_hear_of_it(house: House) -> None:
    minsu, jiwoo = await house.client("minsu"), await house.client("jiwoo")
    async with events(house, minsu) as window, events(house, jiwoo) as nosy:
        session = await chat(minsu, "tea")
        assert json.loads(await window.recv())["session"]["title"] == "tea"
        await minsu.put(f"/api/sessions/{session}/", json={"pinned": True})
        told = json.loads(await window.recv())
        assert (told["type"], told["session"]["pinned"]) == ("session_updated", True)
        await minsu.delete(f"/api/sessions/{session}/")
        assert json.loads(await window.recv()) == {"type": "session_deleted", "session_id": session}
        await minsu.post(f"/api/sessions/{session}/restore/")
        assert json.loads(await window.recv())["type"] == "session_updated"
        ids = [await chat(minsu, str(n)) for n in range(6)]
        for _ in ids:
            await window.recv()
        await minsu.post("/api/sessions/bulk/", json={"ids": ids, "action": "archive"})
        assert json.loads(await window.recv()) == {"type": "sessions_info"}
        await nosy.send('{"type": "ping"}')
        assert json.loads(await nosy.recv()) == {"type": "pong"}
