"""A house whose data cannot be opened stays up and says so: a real web process on its port and its socket."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from services.core.paths import Home
from services.ingest.unixhttp import UnixHttp, WebGone
from services.ingest.webclient import WebClient
from services.sentinel.probe import ask_all
from services.web.storage.integrity import opened, schema_version
from tests.appliance import ROOT
from tests.integration.house.waiting import Web, another_version
from tests.unit.web.safety.house import SCHEMAS, load_dump

BROKEN = "CREATE TABLE half (a);\nSELECT no_such_thing();"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    load_dump(home.ondol_db, SCHEMAS[-1])
    return home


def assert_error(answer: httpx.Response, code: str) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, code)
    assert set(error) == {"code", "message", "params", "request_id"}
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_broken_update_is_told_on_every_path_and_tried_once(home: Home, tmp_path: Path) -> None:
    home.ondol_db.with_name("ondol.db.clean").touch()
    with Web(home.root, another_version(tmp_path / "next", BROKEN)) as web:
        web.wait()
        english = web.http.get("/chat/7", headers={"Accept": "text/html", "Accept-Language": "en-GB,de;q=0.5"})
        korean = web.http.get("/", headers={"Accept": "text/html", "Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"})
        assert (english.status_code, korean.status_code) == (503, 503)
        assert "Nothing was lost" in english.text
        assert '<html lang="ko">' in korean.text
        assert "잃어버린 것은 없습니다" in korean.text
        assert "no_such_thing" in korean.text
        assert "script" not in english.text
        terminal = web.http.get("/", headers={"Accept": "text/plain"})
        assert terminal.headers["Content-Type"].startswith("text/plain")
        assert terminal.text.startswith("This version of Ondol could not")
        assert_error(web.http.get("/api/auth/user/"), "upgrade_failed")
        assert_error(web.http.post("/api/auth/login/", json={"username": "minsu"}), "upgrade_failed")
        assert_error(web.http.get("/v1/models"), "upgrade_failed")
        with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{web.port}/ws/events/"):
            pass
        assert refused.value.response.status_code == 503
        ready = web.http.get("/readyz")
        assert (ready.status_code, ready.json()["web"]["code"]) == (503, "upgrade_failed")
        assert ask_all(str(home.run)) == {"web": True}
        socket = UnixHttp(home.web_sock, 5)
        with pytest.raises(WebGone, match="not ready"):
            await WebClient(socket).health()
        socket.close()
        code, took_s = web.stop()
        assert code == 0
        assert took_s < 3
        assert web.log().count("waiting:") == 1
    assert not home.web_sock.exists()
    assert not list(home.db.glob("*.new*"))
    assert schema_version(home.ondol_db) == SCHEMAS[-1]
    with Web(home.root) as before:
        before.wait()
        assert before.http.get("/readyz").json()["web"]["state"] == "ready"


def test_data_of_a_newer_ondol_are_left_alone_and_the_terminal_says_why(home: Home) -> None:
    with opened(home.ondol_db) as connection:
        connection.execute("PRAGMA user_version = 9999")
    with Web(home.root) as web:
        web.wait()
        assert_error(web.http.get("/api/sessions/"), "newer_database")
        asked = 'WEB_HOST=127.0.0.1 WEB_PORT=$ONDOL_PORT; await_web $$ || echo "$? $CLOSED"'
        told = subprocess.run(
            ["bash", "-c", f"source scripts/appliance.sh; {asked}"],
            cwd=ROOT,
            env=web.environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout
        assert told.startswith("2 The data was written by a newer version of Ondol")
        assert "- Update Ondol" in told
    assert schema_version(home.ondol_db) == 9999


def test_a_mistake_in_the_settings_file_stands_in_the_page(home: Home) -> None:
    home.settings.write_text("[engine]\nparallell = 4\n")
    with Web(home.root) as web:
        web.wait()
        page = web.http.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert str(home.settings) in page.text
        assert "engine.parallell" in page.text
        assert_error(web.http.get("/api/sessions/"), "config")
        served = subprocess.run(
            [sys.executable, "-m", "scripts.preflight", "--running", "--anyway"],
            cwd=ROOT,
            env=web.environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert "engine.parallell" in served.stderr
        assert served.stdout.startswith(f"127.0.0.1 {web.port} ")
        assert web.stop()[0] == 0
    home.settings.unlink()
    assert schema_version(home.ondol_db) == SCHEMAS[-1]
