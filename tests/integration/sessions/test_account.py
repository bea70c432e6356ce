"""A person's account: what is set about it, all of it out, all of it gone."""

import io
import json
import zipfile
from typing import Any

import pytest

from services.web.library.files import TrashedFile, to_trash
from services.web.storage.messages import insert_message
from tests.integration.library.web import House


async def test_names_and_preferences_follow_to_the_next_device(house: House) -> None:
    phone, desk = await house.client("minsu"), await house.client("MINSU")
    looks = {"language": "ko", "theme": "dark", "text_size": "large"}
    changed = await phone.put("/api/account/", json={"display_name": "  민수 아빠 ", "preferences": looks})
    assert changed.status_code == 200, changed.text
    assert (await desk.get("/api/account/")).json() == {
        "username": "minsu", "display_name": "민수 아빠", "preferences": looks,
    }  # fmt: skip
    assert (await desk.put("/api/account/", json={"display_name": ""})).json()["display_name"] == "minsu"
    assert (await desk.get("/api/account/")).json()["preferences"] == looks


@pytest.mark.parametrize(
    "body", [{"preferences": {"theme": "pink"}}, {"preferences": {"x": 1}}, {"display_name": "a\u202e"}]
)
async def test_wrong_settings(house: House, body: dict[str, Any]) -> None:
    minsu = await house.client("minsu")
    assert (await minsu.put("/api/account/", json=body)).status_code == 400


async def test_everything_comes_out_in_one_zip(house: House) -> None:
    minsu = await house.client("minsu")
    await minsu.post("/api/prompts/templates/", json={"name": "Letter"})
    chat = (await minsu.post("/api/sessions/", json={"title": "여행"})).json()["id"]
    async with house.people.write() as tx:
        await insert_message(tx, int(chat), "user", "제주도", "done", None)
    await house.shelf.drop("minsu/집/계약서.txt", "보증금은 돌려준다")
    await house.shelf.drop("shared/house.txt", "for everybody")
    answer = await minsu.get("/api/account/export/")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        assert set(packed.namelist()) == {
            "account.json", "chats.json", "templates.json", "documents.json", "files/집/계약서.txt",
        }  # fmt: skip
        assert packed.read("files/집/계약서.txt").decode() == "보증금은 돌려준다"
        assert json.loads(packed.read("chats.json"))["chats"][0]["messages"][0]["content"] == "제주도"
        assert [one["path"] for one in json.loads(packed.read("documents.json"))] == ["minsu/집/계약서.txt"]
        assert json.loads(packed.read("templates.json"))["templates"][0]["name"] == "Letter"
    jiwoo = await house.client("jiwoo")
    files = {"file": ("export.zip", answer.content)}
    assert (await jiwoo.post("/api/sessions/import/", files=files)).json()["imported"] == 1


async def test_a_deleted_account_leaves_nothing_and_touches_nobody_else(house: House) -> None:
    minsu, jiwoo = await house.client("minsu"), await house.client("jiwoo")
    home = house.shelf.library.config.home
    for client, word in ((minsu, "narwhal"), (jiwoo, "walrus")):
        chat = (await client.post("/api/sessions/", json={"title": f"about {word}"})).json()["id"]
        async with house.people.write() as tx:
            await insert_message(tx, int(chat), "user", f"the {word} secret", "done", None)
        await client.post("/api/prompts/templates/", json={"name": word})
    await house.shelf.drop("minsu/narwhal.txt", "narwhal papers")
    await house.shelf.drop("jiwoo/walrus.txt", "walrus papers")
    trashed = await house.shelf.drop("minsu/old.txt", "narwhal of old")
    note = TrashedFile(trashed, "minsu/old.txt", "minsu", "2026-01-01T00:00:00.000Z")
    to_trash(home, note, home.inbox / "minsu" / "old.txt")

    for former in (home.db / "ondol.db.v3", home.damaged / "20260101T000000Z" / "ondol.db"):
        former.parent.mkdir(parents=True, exist_ok=True)
        former.write_bytes(b"narwhal before an update")

    wrong = await minsu.request("DELETE", "/api/account/", json={"username": "jiwoo"})
    assert wrong.status_code == 400
    old_cookie = dict(minsu.cookies)
    gone = await minsu.request("DELETE", "/api/account/", json={"username": "Minsu"})
    assert gone.status_code == 204, gone.text
    minsu.cookies.update(old_cookie)
    assert (await minsu.get("/api/sessions/")).status_code == 401
    assert not (home.inbox / "minsu").exists()
    assert list(home.trash.iterdir()) == []
    for file in home.db.rglob("ondol.db*"):
        assert b"narwhal" not in file.read_bytes(), file.name
    assert [one["title"] for one in (await jiwoo.get("/api/sessions/")).json()] == ["about walrus"]
    assert [one["path"] for one in (await jiwoo.get("/api/rag/documents/")).json()] == ["jiwoo/walrus.txt"]
    assert len((await jiwoo.get("/api/sessions/?q=walrus")).json()) == 1
    again = await house.client("minsu")
    assert (await again.get("/api/sessions/")).json() == []
    assert (await again.get("/api/auth/user/")).json()["id"] != "1"
    assert (await minsu.get("/api/sessions/")).status_code == 401
