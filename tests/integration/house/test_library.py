"""A file dropped into the folder is found, prompted, changed and forgotten."""

from functools import partial
from pathlib import Path

import pytest
import websockets

from tests.appliance import Appliance, ChatSocket, Json, Person, eventually, person

LEASE = "The rent for the house on Cedar Lane is 875 crowns a month, due on the third.\n"


async def search(who: Person, query: str) -> list[Json]:
    answer = await who.http.get("/api/rag/search/", params={"q": query, "k": 5})
    assert answer.status_code == 200, answer.text
    results: list[Json] = answer.json()["results"]
    return results


async def found(who: Person, query: str, title: str) -> Json | None:
    return next((hit for hit in await search(who, query) if hit["title"] == title), None)


async def test_dropped_found_within_5_s_changed_and_gone_within_5_s(appliance: Appliance, minsu: Person) -> None:
    file = appliance.home / "inbox" / "shared" / "cedar-lease.txt"
    file.write_text(LEASE)
    hit = await eventually(lambda: found(minsu, "rent for Cedar Lane", file.name), timeout_s=5)
    assert "875 crowns" in hit["text"]
    assert set(hit) >= {"document_id", "title", "chunk_id", "text", "score", "page", "start", "end", "more", "also_in"}
    file.write_text("Zephyr balloons leave at noon from Cedar Lane.\n")
    await eventually(lambda: found(minsu, "zephyr balloons", file.name), timeout_s=5)
    assert await found(minsu, "crowns a month", file.name) is None or "875" not in str(
        await search(minsu, "875 crowns")
    )
    file.unlink()

    async def gone() -> bool:
        return await found(minsu, "zephyr balloons", file.name) is None

    await eventually(gone, timeout_s=5)


async def test_korean_and_all_four_formats(appliance: Appliance, minsu: Person) -> None:
    folder = appliance.home / "inbox" / "shared"
    files = {
        "보험.md": (
            "# 자동차 보험\n\n자동차보험증권 번호는 KX-4471이며 만기일은 5월 9일입니다.\n",
            "자동차보험 만기일",
        ),
        "people.csv": ("name,role\nOrla,beekeeper\nTadeo,glassblower\n", "glassblower"),
        "boiler.json": ('{"boiler": {"model": "Ondomax 300", "pressure_bar": 1.8}}', "Ondomax pressure"),
    }
    for name, (text, _) in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        for name, (_, query) in files.items():
            assert await eventually(partial(found, minsu, query, name), timeout_s=8)
    finally:
        for name in files:
            (folder / name).unlink()


async def test_a_persons_folder_is_that_persons_alone(appliance: Appliance) -> None:
    async with person(appliance, "jiwoo") as jiwoo, person(appliance, "harin") as harin:
        file = appliance.home / "inbox" / "jiwoo" / "diary.txt"
        file.write_text("The quokka password is marmalade.\n")
        hit = await eventually(lambda: found(jiwoo, "quokka password", "diary.txt"), timeout_s=5)
        assert await search(harin, "quokka password") == []
        for path in (
            f"/api/rag/documents/{hit['document_id']}/",
            f"/api/rag/documents/{hit['document_id']}/content/?chunk={hit['chunk_id']}",
        ):
            assert (await harin.http.get(path)).status_code == 404
        assert (await harin.http.delete(f"/api/rag/documents/{hit['document_id']}/")).status_code == 404
        assert file.exists()


async def test_an_answer_from_a_document_names_its_source(appliance: Appliance, minsu: Person) -> None:
    file = appliance.home / "inbox" / "shared" / "harbour.txt"
    file.write_text("The harbour master of Eastport is called Ragnhild Vik. Her office opens at seven.\n")
    await eventually(lambda: found(minsu, "harbour master of Eastport", file.name), timeout_s=5)
    session = await minsu.chat(max_tokens=32, temperature=0.0, use_rag=True)
    end = (await minsu.ask(session, "Who is the harbour master of Eastport?"))[-1]
    message = end["message"]
    assert "Ragnhild Vik" in message["rag_context"]
    assert message["sources"][0]["title"] == "harbour.txt"
    assert message["sources"][0]["n"] == 1
    asked_without = (await minsu.ask(session, "hello", use_rag=False))[-1]["message"]
    assert asked_without["rag_context"] is None
    assert asked_without["usage"]["cached_tokens"] >= message["usage"]["prompt_tokens"]
    file.unlink()


async def test_upload_list_download_rename_delete_and_restore(appliance: Appliance, minsu: Person) -> None:
    made = await minsu.http.post(
        "/api/rag/documents/", json={"title": "note.txt", "content": "The gate code is 7731.\n"}
    )
    assert made.status_code == 201, made.text
    document = made.json()
    path = f"/api/rag/documents/{document['id']}/"

    async def ready() -> bool:
        return bool((await minsu.http.get(path)).json()["state"] == "ready")

    await eventually(ready)
    assert (appliance.home / "inbox" / document["path"]).read_text() == "The gate code is 7731.\n"
    assert (await minsu.http.get(path)).json()["content"].startswith("The gate code")
    assert (await minsu.http.put(path, json={"title": "gate.txt"})).json()["title"] == "gate.txt"
    await eventually(lambda: found(minsu, "gate code", "gate.txt"), timeout_s=5)
    assert (await minsu.http.delete(path)).status_code == 204
    assert await found(minsu, "gate code", "gate.txt") is None
    assert (await minsu.http.post(path + "restore/")).status_code == 200
    await eventually(lambda: found(minsu, "gate code", "gate.txt"), timeout_s=8)


async def test_the_page_hears_of_documents_that_go(appliance: Appliance, minsu: Person) -> None:
    inbox = appliance.home / "inbox"
    home = inbox / (await minsu.http.get("/api/auth/user/")).json()["username"]
    home.mkdir(exist_ok=True)
    files = [inbox / "shared" / "for-all.txt", home / "my-own.txt"]
    async with person(appliance, "somebody else") as other:
        for file in files:
            file.write_text(f"{file.stem} is about quince jelly.\n")
            await eventually(partial(found, minsu, f"{file.stem} quince jelly", file.name), timeout_s=8)
        async with minsu.socket(await minsu.chat()) as mine, other.socket(await other.chat()) as theirs:
            hits = [await found(minsu, f"{file.stem} quince jelly", file.name) for file in files]
            shared, own = (str(hit and hit["document_id"]) for hit in hits)
            files[1].unlink()
            await removal(mine, own)
            assert (await minsu.http.delete(f"/api/rag/documents/{shared}/")).status_code == 204
            await removal(mine, shared)
            assert own not in await removal(theirs, shared)


async def removal(chat: ChatSocket, document_id: str) -> list[str]:
    """Ids of the documents that the socket heard to be gone, up to this one."""
    gone: list[str] = []
    while document_id not in gone:
        gone.append((await chat.until("document_removed", timeout_s=10))[-1]["document_id"])
    return gone


async def test_multipart_upload_of_several_files(minsu: Person) -> None:
    files = [("file", ("a.txt", b"alpha mongoose")), ("file", ("b.txt", b"beta walrus"))]
    answer = await minsu.http.post("/api/rag/documents/", files=files)
    assert answer.status_code == 201, answer.text
    assert [one["title"] for one in answer.json()] == ["a.txt", "b.txt"]
    await eventually(lambda: found(minsu, "beta walrus", "b.txt"), timeout_s=8)


async def test_a_file_that_cannot_be_read_says_why_and_others_go_on(appliance: Appliance, minsu: Person) -> None:
    folder: Path = appliance.home / "inbox" / "shared"
    (folder / "broken.json").write_text('{"a": [1, 2')
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "fine.txt").write_text("A fine pelican sentence.\n")

    async def states() -> dict[str, Json] | None:
        listed = (await minsu.http.get("/api/rag/documents/?limit=200")).json()
        by_title = {one["title"]: one for one in listed}
        names = ("broken.json", "noise.bin", "fine.txt")
        final = all(by_title.get(n, {}).get("state") in ("ready", "failed", "unsupported") for n in names)
        return by_title if final else None

    by_title = await eventually(states, timeout_s=15)
    assert by_title["noise.bin"]["state"] == "unsupported"
    assert by_title["fine.txt"]["state"] == "ready"
    broken = by_title["broken.json"]
    assert broken["state"] in ("failed", "ready")
    assert broken["state"] == "ready" or broken["error"]["message"]
    for name in ("broken.json", "noise.bin", "fine.txt"):
        (folder / name).unlink()


async def test_the_library_socket_tells_of_ones_own_and_shared_documents(appliance: Appliance, minsu: Person) -> None:
    inbox = appliance.home / "inbox"
    async with minsu.library_socket() as told:
        await told.send(type="ping")
        assert (await told.next())["type"] == "pong"
        await told.send(type="message", content="no")
        assert (await told.next())["error"]["code"] == "bad_request"
        (inbox / "somebody else").mkdir(exist_ok=True)
        (inbox / "somebody else" / "secret.txt").write_text("The safe opens at nine.\n")
        (inbox / "shared" / "socket-told.txt").write_text("The socket tells of this paper.\n")
        frames = [await told.next()]
        while frames[-1].get("document", {}).get("state") != "ready":
            frames.append(await told.next())
        (inbox / "shared" / "socket-told.txt").unlink()
        frames += await told.until("document_removed")
    documents = {frame["document"]["title"] for frame in frames if frame["type"] == "document_state"}
    assert documents == {"socket-told.txt"}


async def test_a_stranger_hears_nothing_of_the_library(appliance: Appliance) -> None:
    for headers in ({}, {"Origin": "http://elsewhere.example"}):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"ws://127.0.0.1:{appliance.port}/ws/library/", additional_headers=headers)
        assert refused.value.response.status_code in {401, 403}
