"""The whole house: a backup put back from the browser, and a database that was damaged while it was off."""

from pathlib import Path
from typing import Any

import httpx

from tests.appliance import Appliance, Person, eventually, person
from tests.unit.web.safety.house import fill, pages_of, spoil_page


async def safety(who: Person) -> dict[str, Any]:
    try:
        answer = await who.http.get("/api/safety/")
    except httpx.HTTPError:
        return {}
    told: dict[str, Any] = answer.json()
    return told


async def words(who: Person, session: str) -> list[str]:
    return [message["content"] for message in (await who.http.get(f"/api/sessions/{session}/messages/")).json()]


async def test_restored_in_the_browser_and_rescued_at_start(tmp_path: Path) -> None:
    house = Appliance(tmp_path / "home", ONDOL_ENGINE__CALIBRATE="false")
    try:
        house.start()
        async with person(house, "minsu") as owner:
            session = await owner.chat(max_tokens=8)
            await owner.ask(session, "Why is the floor warm?")
            said = await words(owner, session)
            assert (await owner.http.post("/api/safety/backups/")).status_code == 202

            async def made() -> Any:
                return (await safety(owner)).get("backups")

            (backup,) = await eventually(made)
            later = await owner.chat()
            web = house.pid_of("web")
            staged = await owner.http.post(f"/api/safety/backups/{backup['name']}/stage/")
            restore = await owner.http.post("/api/safety/restore/", json={"id": staged.json()["id"]})
            assert restore.status_code == 202

            async def restored() -> Any:
                return [one for one in (await safety(owner)).get("notices", []) if one["kind"] == "backup_restored"]

            assert await eventually(restored, 30)
            assert house.pid_of("web") != web
            assert await words(owner, session) == said
            assert (await owner.http.get(f"/api/sessions/{later}/")).status_code == 404
            house.wait("/readyz")
            house.stop()
            database = house.home / "db" / "ondol.db"
            fill(database, 300)
            spoil_page(database, pages_of(database, "messages")[5])
            house.start(ready=False)
            kinds = [one["kind"] for one in (await safety(owner))["notices"]]
            assert kinds == ["backup_restored", "database_merged"]
            assert (await words(owner, session))[: len(said)] == said
            happened = [one["kind"] for one in (await owner.http.get("/api/status/happenings/")).json()]
            assert {"backup_made", "restored", "database_damaged", "database_restored"} <= set(happened)
    finally:
        house.stop()
