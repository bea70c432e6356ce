"""Documents over HTTP, as a browser sees them."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from services.core.config import Config
from tests.integration.library.web import House, served, until

URL = "/api/rag/documents/"


@pytest.fixture
async def house(make_config: Callable[..., Config]) -> AsyncIterator[House]:
    async with served(make_config(ONDOL_WEB__MAX_UPLOAD_BYTES="40_000_000")) as house:
        yield house


def files_below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


async def test_a_typed_text_becomes_a_file_and_is_listed_at_once(house: House) -> None:
    minsu = await house.client("minsu")
    answer = await minsu.post(URL, json={"title": "메모", "content": "온돌은 따뜻하다"})
    document = answer.json()
    assert answer.status_code == 201
    assert (document["title"], document["path"], document["owner"]) == ("메모.txt", "minsu/메모.txt", "minsu")
    assert (document["state"], document["chunk_count"], document["error"]) == ("queued", 0, None)
    assert (house.shelf.inbox / "minsu/메모.txt").read_text() == "온돌은 따뜻하다"
    assert [d["id"] for d in (await minsu.get(URL)).json()] == [document["id"]]


async def test_what_was_read_is_shown_and_found(house: House) -> None:
    minsu = await house.client("minsu")
    number = await house.shelf.drop("minsu/lease.txt", "The lease ends in May.\n\nThe deposit is returned.")
    await house.shelf.settled()
    document = (await minsu.get(f"{URL}{number}/")).json()
    assert (document["state"], document["chunk_count"], document["embedded_count"]) == ("ready", 2, 2)
    assert document["content"] == "The lease ends in May.\n\nThe deposit is returned."
    (hit,) = (await minsu.get("/api/rag/search/", params={"q": "deposit returned", "k": 3})).json()["results"]
    place = (await minsu.get(f"{URL}{number}/content/", params={"chunk": hit["chunk_id"]})).json()
    assert place["before"] + place["text"] + place["after"] == document["content"]
    assert place["title"] == "lease.txt"


async def test_others_see_and_change_nothing_of_mine(house: House) -> None:
    jiwoo = await house.client("지우")
    number = await house.shelf.drop("minsu/lease.txt", "The lease ends in May.")
    await house.shelf.settled()
    assert (await jiwoo.get(URL)).json() == []
    answers = [
        await jiwoo.get(f"{URL}{number}/"),
        await jiwoo.put(f"{URL}{number}/", json={"content": "mine now"}),
        await jiwoo.delete(f"{URL}{number}/"),
        await jiwoo.post(f"{URL}{number}/retry/"),
        await jiwoo.post(f"{URL}{number}/restore/"),
        await jiwoo.get(f"{URL}{number}/download/"),
        await jiwoo.get(f"{URL}{number}/content/", params={"chunk": "1"}),
    ]
    assert [(a.status_code, a.json()["error"]["code"]) for a in answers] == [(404, "not_found")] * len(answers)
    assert (house.shelf.inbox / "minsu/lease.txt").read_text() == "The lease ends in May."


async def test_uploads_go_to_the_folder_whole_and_under_a_free_name(house: House) -> None:
    minsu = await house.client("minsu")
    first = await minsu.post(URL, files={"file": ("Bericht.pdf", b"%PDF one")})
    second = await minsu.post(URL, files={"file": ("Bericht.pdf", b"%PDF two")})
    third = await minsu.post(
        URL, files=[("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))], data={"shared": "true", "path": "trip/2025"}
    )
    assert [first.status_code, second.status_code, third.status_code] == [201, 201, 201]
    assert second.json()["title"] == "Bericht (2).pdf"
    assert [(d["path"], d["owner"], d["collection"]) for d in third.json()] == [
        ("shared/trip/2025/a.txt", None, "trip/2025"),
        ("shared/trip/2025/b.txt", None, "trip/2025"),
    ]
    assert files_below(house.shelf.inbox) == [
        "minsu/Bericht (2).pdf",
        "minsu/Bericht.pdf",
        "shared/trip/2025/a.txt",
        "shared/trip/2025/b.txt",
    ]
    assert (house.shelf.inbox / "minsu/Bericht (2).pdf").read_bytes() == b"%PDF two"


async def test_a_large_upload_is_not_held_in_memory(house: House) -> None:
    minsu = await house.client("minsu")
    data = os.urandom(30_000_000)
    before = rss_bytes()
    answer = await minsu.post(URL, files={"file": ("big.bin", data)})
    assert answer.status_code == 201
    assert (house.shelf.inbox / "minsu/big.bin").read_bytes() == data
    assert rss_bytes() - before < 25_000_000 + len(data)  # the client's own copy, not a second one of ours


def rss_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


async def test_too_large_and_cut_off_uploads_leave_nothing(house: House) -> None:
    minsu = await house.client("minsu")

    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        for _ in range(50):
            yield bytes(1_000_000)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    known = await minsu.post(URL, files={"file": ("big.bin", bytes(41_000_000))})
    unknown = await minsu.post(URL, content=endless(), headers=headers)
    assert [(a.status_code, a.json()["error"]["code"]) for a in (known, unknown)] == [(413, "too_large")] * 2

    async def broken() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        yield bytes(1_000_000)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await minsu.post(URL, content=broken(), headers=headers)
    async with asyncio.timeout(5):
        await until(lambda: not files_below(house.shelf.inbox))
    assert (await minsu.get(URL)).json() == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", {"Content-Type": "application/json"}),
        (b'{"title": "x"}', {"Content-Type": "application/json"}),
        (b'{"title": "../x", "content": ""}', {"Content-Type": "application/json"}),
        (b'{"title": ".hidden", "content": ""}', {"Content-Type": "application/json"}),
        (b'{"title": "x", "content": "\xff"}', {"Content-Type": "application/json"}),
        (b"--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
        (b"no boundary", {"Content-Type": "multipart/form-data"}),
        (b"--x\r\nnonsense", {"Content-Type": "multipart/form-data; boundary=x"}),
    ],
)
async def test_malformed_requests_are_refused(house: House, body: bytes, headers: dict[str, str]) -> None:
    minsu = await house.client("minsu")
    answer = await minsu.post(URL, content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert files_below(house.shelf.inbox) == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.txt", "/abs.txt", ".hidden", "a\x00b.txt", "가" * 300 + ".txt", "a/b.txt"]
)
async def test_no_file_name_leads_out_of_the_folder(house: House, name: str) -> None:
    minsu = await house.client("minsu")
    part = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\nhello\r\n--x--\r\n'.encode()
    answer = await minsu.post(URL, content=part, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 201, answer.text
    (path,) = files_below(house.shelf.inbox)
    assert Path(path).parts[0] == "minsu"
    assert len(Path(path).parts) == 2
    assert len(Path(path).name.encode()) <= 255
    assert files_below(house.shelf.inbox.parent / "inbox") == [path]


async def test_rename_rewrite_and_kinds_that_cannot_be_rewritten(house: House) -> None:
    minsu = await house.client("minsu")
    number = await house.shelf.drop("minsu/a.txt", "Old words.")
    await house.shelf.settled()
    renamed = (await minsu.put(f"{URL}{number}/", json={"title": "b"})).json()
    assert (renamed["title"], renamed["state"]) == ("b.txt", "ready")
    rewritten = (await minsu.put(f"{URL}{number}/", json={"content": "New words."})).json()
    assert rewritten["state"] == "queued"
    assert (house.shelf.inbox / "minsu/b.txt").read_text() == "New words."
    assert not (house.shelf.inbox / "minsu/a.txt").exists()
    (found,) = (await minsu.get("/api/rag/search/", params={"q": "old"})).json()["results"]
    assert found["document_id"] == str(number)  # the old text answers until the new one is read
    pdf = (await minsu.post(URL, files={"file": ("a.pdf", b"%PDF")})).json()["id"]
    refused = await minsu.put(f"{URL}{pdf}/", json={"content": "text"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (415, "unsupported")


async def test_the_trash_can_be_undone(house: House) -> None:
    minsu = await house.client("minsu")
    number = await house.shelf.drop("minsu/trip/a.txt", "The boiler hums.")
    await house.shelf.settled()
    assert (await minsu.delete(f"{URL}{number}/")).status_code == 204
    assert (await minsu.get("/api/rag/search/", params={"q": "boiler"})).json() == {"results": []}
    assert (await minsu.get(f"{URL}{number}/")).status_code == 404
    assert not (house.shelf.inbox / "minsu/trip/a.txt").exists()
    assert [d.id for d in house.shelf.gone] == [str(number)]
    restored = await minsu.post(f"{URL}{number}/restore/")
    assert (restored.status_code, restored.json()["id"], restored.json()["path"]) == (
        200,
        str(number),
        "minsu/trip/a.txt",
    )
    assert (house.shelf.inbox / "minsu/trip/a.txt").read_text() == "The boiler hums."
    assert (await minsu.post(f"{URL}{number}/restore/")).status_code == 409
    await house.shelf.drop("minsu/trip/a.txt", "The boiler hums.")
    await house.shelf.settled()
    (hit,) = (await minsu.get("/api/rag/search/", params={"q": "boiler"})).json()["results"]
    assert hit["document_id"] == str(number)


async def test_download_gives_the_file_with_its_name(house: House) -> None:
    minsu = await house.client("minsu")
    number = (await minsu.post(URL, files={"file": ('온돌 "도면".bin', b"\x00\x01\x02")})).json()["id"]
    answer = await minsu.get(f"{URL}{number}/download/")
    assert answer.content == b"\x00\x01\x02"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%EC%98%A8%EB%8F%8C")
    (house.shelf.inbox / (await minsu.get(f"{URL}{number}/")).json()["path"]).unlink()
    assert (await minsu.get(f"{URL}{number}/download/")).status_code == 404


async def test_lists_are_paged_and_narrowed(house: House) -> None:
    minsu = await house.client("minsu")
    numbers = [await house.shelf.drop(f"minsu/{n}.txt", f"text {n}") for n in range(5)]
    await house.shelf.settled()
    newest = [str(n) for n in reversed(numbers)]
    first = [d["id"] for d in (await minsu.get(URL, params={"limit": 2})).json()]
    rest = [d["id"] for d in (await minsu.get(URL, params={"before": first[-1]})).json()]
    assert first + rest == newest
    assert [d["title"] for d in (await minsu.get(URL, params={"q": "3.T"})).json()] == ["3.txt"]
    assert (await minsu.get(URL, params={"state": "failed"})).json() == []
    for params in ({"limit": "0"}, {"state": "lost"}, {"before": "x"}):
        assert (await minsu.get(URL, params=params)).status_code == 400


async def test_retry_touches_the_file_so_that_ingest_reads_it_again(house: House) -> None:
    minsu = await house.client("minsu")
    number = await house.shelf.drop("minsu/a.txt", "text")
    await house.shelf.settled()
    file = house.shelf.inbox / "minsu/a.txt"
    os.utime(file, (1, 1))
    answer = await minsu.post(f"{URL}{number}/retry/")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert file.stat().st_mtime > 1


async def test_shared_documents_can_be_closed(make_config: Callable[..., Config]) -> None:
    async with served(make_config(ONDOL_RAG__SHARED_WRITABLE="false")) as house:
        minsu = await house.client("minsu")
        number = await house.shelf.drop("shared/rules.txt", "No shoes.")
        await house.shelf.settled()
        answers = [
            await minsu.put(f"{URL}{number}/", json={"content": "Shoes."}),
            await minsu.delete(f"{URL}{number}/"),
            await minsu.post(URL, json={"title": "x", "content": "y", "shared": True}),
            await minsu.post(URL, files={"file": ("x.txt", b"y")}, data={"shared": "true"}),
        ]
        assert [(a.status_code, a.json()["error"]["code"]) for a in answers] == [(403, "forbidden")] * 4
        assert files_below(house.shelf.inbox) == ["shared/rules.txt"]
        assert (await minsu.get(f"{URL}{number}/")).status_code == 200


async def test_strangers_get_nothing(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.address) as stranger:
        for path in (URL, f"{URL}1/", "/api/rag/search/?q=x"):
            assert (await stranger.get(path)).status_code == 401
        assert (await stranger.post(URL, files={"file": ("x.txt", b"y")})).status_code == 401
        assert (await stranger.get("/ingest/files/")).status_code == 404
    assert files_below(house.shelf.inbox) == []


async def test_search_checks_its_query(house: House) -> None:
    minsu = await house.client("minsu")
    for params in ({}, {"q": "x", "k": "0"}, {"q": "x", "k": "51"}, {"q": "x", "k": "many"}):
        answer = await minsu.get("/api/rag/search/", params=params)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert (await minsu.get("/api/rag/search/", params={"q": ""})).json() == {"results": []}
