"""One error shape, on every wrong turn of the REST API, and never a traceback."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.appliance import Appliance, Person


def assert_error(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "params", "request_id"}
    assert error["code"] == code
    assert error["message"]
    assert "Traceback" not in answer.text
    return error


@pytest.mark.parametrize(
    "body", [b"{", b"", b"[]", b"null", b'{"username": 5}', b'{"nme": "x"}', b"\xff\xfe", b'"' + b"x" * 100]
)
async def test_malformed_json(minsu: Person, body: bytes) -> None:
    answer = await minsu.http.post("/api/auth/login/", content=body, headers={"Content-Type": "application/json"})
    assert_error(answer, 400, "bad_request")


async def test_wrong_content_type_and_deep_nesting(minsu: Person) -> None:
    assert (await minsu.http.post("/api/auth/login/", content=b"username=x")).status_code in (400, 415)
    deep = b"[" * 100_000 + b"]" * 100_000
    answer = await minsu.http.post("/api/sessions/", content=deep, headers={"Content-Type": "application/json"})
    assert_error(answer, 400, "bad_request")


async def test_an_oversized_body(minsu: Person) -> None:
    answer = await minsu.http.post(
        "/api/sessions/", content=b"[" + b" " * 2_100_000, headers={"Content-Type": "application/json"}
    )
    assert_error(answer, 413, "too_large")
    assert (await minsu.http.get("/api/sessions/")).status_code == 200


async def test_who_sends_far_too_much_slowly_still_reads_why(minsu: Person) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b" " * 500_000
            await asyncio.sleep(0.02)

    chunked = {"Content-Type": "application/json"}
    for path in ("/api/sessions/", "/api/rag/documents/"):
        for headers in (chunked, {**chunked, "Content-Length": "6000000"}):
            assert_error(await minsu.http.post(path, content=slowly(), headers=headers), 413, "too_large")


async def test_unknown_paths_and_methods(minsu: Person) -> None:
    assert_error(await minsu.http.get("/api/nothing/"), 404, "not_found")
    assert_error(await minsu.http.get("/assets/none.js"), 404, "not_found")
    assert_error(await minsu.http.patch("/api/sessions/"), 405, "method_not_allowed")


async def test_settings_name_field_and_range(minsu: Person) -> None:
    answer = await minsu.http.post("/api/sessions/", json={"settings": {"temperature": 99}})
    assert assert_error(answer, 400, "invalid_sampling")["params"] == {"field": "temperature", "min": 0, "max": 5}
    answer = await minsu.http.post("/api/sessions/", json={"settings": {"temprature": 1}})
    assert "temprature" in assert_error(answer, 400, "bad_request")["message"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=100000", "before=x"])
async def test_wrong_paging(minsu: Person, query: str) -> None:
    assert_error(await minsu.http.get(f"/api/sessions/?{query}"), 400, "bad_request")


async def test_foreign_pages_change_nothing_and_get_no_cors(minsu: Person) -> None:
    evil = {"Origin": "http://evil.example"}
    assert_error(await minsu.http.post("/api/sessions/", json={}, headers=evil), 403, "forbidden_origin")
    read = await minsu.http.get("/api/sessions/", headers=evil)
    assert "access-control-allow-origin" not in read.headers
    own = {"Origin": minsu.appliance.url}
    assert (await minsu.http.post("/api/sessions/", json={}, headers=own)).status_code == 201


async def test_a_rebound_name_is_refused(minsu: Person) -> None:
    assert_error(await minsu.http.get("/api/sessions/", headers={"Host": "evil.example"}), 403, "forbidden")


async def test_names_and_the_login_cookie(appliance: Appliance) -> None:
    async with httpx.AsyncClient(base_url=appliance.url) as client:
        assert_error(await client.get("/api/auth/user/"), 401, "unauthenticated")
        for name in ("", "shared", "a/b", "x" * 300):
            assert_error(await client.post("/api/auth/login/", json={"username": name}), 400, "bad_request")
        answer = await client.post("/api/auth/login/", json={"username": "Büşra"})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie
        assert (appliance.home / "inbox" / "Büşra").is_dir()
        again = await client.post("/api/auth/login/", json={"username": "bÜŞRA"})
        assert again.json()["id"] == answer.json()["id"]
        assert (await client.post("/api/auth/logout/")).status_code == 204
        assert_error(await client.get("/api/auth/user/"), 401, "unauthenticated")


async def test_a_forged_cookie_is_a_stranger(appliance: Appliance) -> None:
    async with httpx.AsyncClient(base_url=appliance.url, cookies={"ondol_session": "eyJ1c2VyX2lkIjoxfQ.x.y"}) as client:
        assert_error(await client.get("/api/auth/user/"), 401, "unauthenticated")


async def test_configured_origins_get_cors(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = Appliance(tmp_path_factory.mktemp("cors"), ONDOL_WEB__ALLOWED_ORIGINS="https://chat.example")
    try:
        house.start(ready=False)
        async with httpx.AsyncClient(base_url=house.url) as client:
            friend = {"Origin": "https://chat.example"}
            answer = await client.post("/api/auth/login/", json={"username": "a"}, headers=friend)
            assert answer.headers["access-control-allow-origin"] == "https://chat.example"
            assert answer.headers["access-control-allow-credentials"] == "true"
            stranger = await client.get("/api/auth/user/", headers={"Origin": "https://evil.example"})
            assert stranger.headers.get("access-control-allow-origin") != "https://evil.example"
    finally:
        house.stop()


async def test_a_template_file_of_another_kind_is_refused(minsu: Person) -> None:
    for file in (
        {},
        {"format": "x", "version": 1, "templates": []},
        {"format": "ondol-templates", "version": 2, "templates": []},
    ):
        answer = await minsu.http.post(
            "/api/prompts/templates/import/", content=json.dumps(file), headers={"Content-Type": "application/json"}
        )
        assert_error(answer, 400, "bad_request")
