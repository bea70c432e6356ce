"""SEED's resources: shapes, paging, owners."""

import re

import httpx
import pytest

from tests.appliance import Appliance, Json, Person, eventually, person

SEED_PATHS = {
    "/api/auth/login/": {"post"},
    "/api/auth/logout/": {"post"},
    "/api/auth/user/": {"get"},
    "/api/sessions/": {"get", "post"},
    "/api/sessions/{session_id}/": {"get", "put", "delete"},
    "/api/sessions/{session_id}/messages/": {"get"},
    "/api/rag/documents/": {"get", "post"},
    "/api/rag/documents/{document_id}/": {"get", "put", "delete"},
    "/api/prompts/templates/": {"get", "post"},
    "/api/prompts/templates/{template_id}/": {"get", "put", "delete"},
    "/api/rag/search/": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
}
OPEN = {"/api/auth/login/", "/api/auth/logout/", "/healthz", "/readyz", "/metrics"}


async def openapi(who: Person) -> dict[str, dict[str, Json]]:
    paths: dict[str, dict[str, Json]] = (await who.http.get("/api/openapi.json")).json()["paths"]
    return paths


async def test_every_path_of_seed_is_there_and_described(minsu: Person) -> None:
    paths = await openapi(minsu)
    for path, methods in SEED_PATHS.items():
        assert methods <= set(paths.get(path, {})), path
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation.get("summary") or operation.get("description"), f"{method} {path} says nothing of itself"


async def test_everything_but_the_door_asks_who_you_are(appliance: Appliance, minsu: Person) -> None:
    async with httpx.AsyncClient(base_url=appliance.url) as stranger:
        for path, operations in (await openapi(minsu)).items():
            if path in OPEN or not path.startswith("/api/"):
                continue
            for method in operations:
                url = re.sub(r"\{\w+\}", "1", path)
                answer = await stranger.request(method, url, json={} if method in ("post", "put") else None)
                assert answer.status_code == 401, f"{method} {url}: {answer.status_code}"


async def test_the_pages_of_the_api_load_from_this_box_alone(minsu: Person) -> None:
    page = (await minsu.http.get("/api/docs")).text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith("/"), address
        assert (await minsu.http.get(address)).status_code == 200, address


async def test_sessions(minsu: Person) -> None:
    made = await minsu.http.post("/api/sessions/", json={})
    assert made.status_code == 201
    session = made.json()
    assert isinstance(session["id"], str)
    assert session["title"] == "New Chat"
    assert {
        "temperature", "top_p", "top_k", "min_p", "repeat_penalty", "max_tokens", "seed", "stop", "system_prompt",
        "template_id", "use_rag", "document_ids", "ignore_eos",
    } <= set(session["settings"])  # fmt: skip
    path = f"/api/sessions/{session['id']}/"
    changed = (await minsu.http.put(path, json={"title": "여행", "settings": {"temperature": 0.2}})).json()
    assert (changed["title"], changed["settings"]["temperature"]) == ("여행", 0.2)
    reset = (await minsu.http.put(path, json={"settings": {"temperature": None}})).json()
    assert reset["settings"]["temperature"] == session["settings"]["temperature"]
    assert (await minsu.http.get(path)).json() == {**reset, "updated_at": reset["updated_at"]}
    assert (await minsu.http.get(path + "messages/")).json() == []
    assert (await minsu.http.delete(path)).status_code == 204
    assert (await minsu.http.get(path)).status_code == 404
    assert (await minsu.http.delete(path)).status_code == 404


async def test_lists_page_newest_first(minsu: Person) -> None:
    ids = [(await minsu.http.post("/api/sessions/", json={"title": str(n)})).json()["id"] for n in range(5)]
    first = (await minsu.http.get("/api/sessions/?limit=2")).json()
    second = (await minsu.http.get(f"/api/sessions/?limit=2&before={first[-1]['id']}")).json()
    third = (await minsu.http.get(f"/api/sessions/?limit=2&before={second[-1]['id']}")).json()
    assert [one["id"] for one in first + second + third] == ids[::-1]


async def test_messages_are_oldest_first_and_page_back(minsu: Person) -> None:
    session = await minsu.chat(max_tokens=2)
    for question in ("a", "b", "c"):
        await minsu.ask(session, question)
    path = f"/api/sessions/{session}/messages/"
    everything = (await minsu.http.get(path)).json()
    assert [one["content"] for one in everything if one["role"] == "user"] == ["a", "b", "c"]
    assert all(isinstance(one["id"], int) for one in everything)
    newest = (await minsu.http.get(path + "?limit=2")).json()
    older = (await minsu.http.get(f"{path}?limit=10&before={newest[0]['id']}")).json()
    assert older + newest == everything


async def test_templates_and_their_file(minsu: Person) -> None:
    body = {
        "name": "Letter",
        "description": "formal",
        "system_prompt": "Write to {{who}}.",
        "examples": [{"user": "q", "assistant": "a"}],
        "variables": [{"name": "who", "default": "the bank"}],
    }
    made = await minsu.http.post("/api/prompts/templates/", json=body)
    assert made.status_code == 201
    template = made.json()
    assert {name: template[name] for name in body} == body
    path = f"/api/prompts/templates/{template['id']}/"
    assert (await minsu.http.put(path, json={"name": "Note"})).json()["examples"] == body["examples"]
    listed = (await minsu.http.get("/api/prompts/templates/")).json()[0]["engine"]
    one = (await minsu.http.get(path)).json()["engine"]
    for engine in (listed, one):
        assert set(engine) == {"warm", "prefix_tokens", "cached_tokens", "cold_s"}
        assert engine["prefix_tokens"] > 10
        assert engine["cold_s"] > 0
    exported = await minsu.http.get("/api/prompts/templates/export/")
    assert "attachment" in exported.headers["content-disposition"]
    file = exported.json()
    assert (file["format"], file["version"], len(file["templates"])) == ("ondol-templates", 1, 1)
    again = (await minsu.http.post("/api/prompts/templates/import/", json=file)).json()
    assert (again["imported"], [one["name"] for one in again["skipped"]]) == ([], ["Note"])
    assert (await minsu.http.delete(path)).status_code == 204
    back = await minsu.http.post("/api/prompts/templates/import/", json=file)
    assert back.status_code == 201
    assert [one["name"] for one in back.json()["imported"]] == ["Note"]


@pytest.mark.parametrize("method", ["get", "put", "delete"])
async def test_somebody_elses_things_are_not_there(appliance: Appliance, minsu: Person, method: str) -> None:
    async with person(appliance, "nosy neighbour") as nosy:
        session = await minsu.chat()
        template = (await minsu.http.post("/api/prompts/templates/", json={"name": "mine"})).json()["id"]
        body = {"title": "x", "name": "x"} if method == "put" else None
        for path in (f"/api/sessions/{session}/", f"/api/prompts/templates/{template}/"):
            answer = await nosy.http.request(method, path, json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path
        assert (await nosy.http.get(f"/api/sessions/{session}/messages/")).status_code == 404
        taken = await nosy.http.post("/api/sessions/", json={"settings": {"template_id": template}})
        assert taken.status_code == 404


async def test_health_and_readiness(minsu: Person) -> None:
    assert (await minsu.http.get("/healthz")).json() == {"status": "ok"}
    ready = (await minsu.http.get("/readyz")).json()
    assert ready["status"] == "ready"
    assert ready["model"]["state"] == ready["embedder"]["state"] == "ready"


async def test_models_and_engine(minsu: Person) -> None:
    models = (await minsu.http.get("/api/models/")).json()
    assert models["current"] == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert [one["file"] for one in models["installed"]] == [models["current"]]
    assert "make model NAME=mistral-7b-instruct-v0.2" in [one["command"] for one in models["catalogue"]]
    engine = (await minsu.http.get("/api/engine/")).json()
    assert engine["state"] == "ready"
    assert engine["model"]["demo"] is True

    async def up() -> set[str]:
        processes = (await minsu.http.get("/api/engine/")).json()["processes"]
        return {one["name"] for one in processes if one["up"]}

    async def all_up() -> bool:
        return await up() == {"web", "model", "ingest", "supervisor"}

    await eventually(all_up)  # the house is ready before ingest has said a word


async def test_the_page_is_served_for_its_own_paths(minsu: Person) -> None:
    for path in ("/", "/chat/1", "/library"):
        page = await minsu.http.get(path)
        assert page.status_code == 200
        assert "<div id=" in page.text
        assert page.headers["cache-control"] == "no-cache"
    asset = re.search(r'/assets/[^"]+\.js', page.text)
    assert asset is not None
    assert "immutable" in (await minsu.http.get(asset[0])).headers["cache-control"]


async def test_scripts_are_sent_gzipped_to_who_takes_it(minsu: Person) -> None:
    asset = re.search(r'/assets/[^"]+\.js', (await minsu.http.get("/")).text)
    assert asset is not None
    packed = await minsu.http.get(asset[0], headers={"Accept-Encoding": "gzip"})
    plain = await minsu.http.get(asset[0], headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert "Accept-Encoding" in plain.headers.get("vary", "")
