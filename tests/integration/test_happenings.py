"""The house tells what happened to it, newest first."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.appliance import Appliance, Person, eventually, person


async def told(somebody: Person) -> list[dict[str, Any]]:
    """Nothing while web itself is away."""
    try:
        answer = await somebody.http.get("/api/status/happenings/?limit=3")
    except httpx.HTTPError:
        return []
    listed: list[dict[str, Any]] = answer.json()
    return listed


async def newest_is(somebody: Person, kind: str) -> bool:
    return [one["kind"] for one in await told(somebody)][:1] == [kind]


@pytest.mark.timeout(180)  # a house, and its model loaded twice
async def test_a_killed_model_and_a_killed_web_are_told(tmp_path: Path) -> None:
    house = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false").start()
    try:
        async with person(house, "minsu") as minsu:
            house.kill("model")
            await eventually(lambda: newest_is(minsu, "model_restarted"), timeout_s=60)
            restarted, started = await told(minsu)
            assert restarted["params"]["reason"] in ("unknown", "memory")
            assert 0 < restarted["params"]["away_s"] < 60
            assert (started["kind"], started["params"]) == ("house_started", {"after": "first"})
            house.kill("web")
            await eventually(lambda: newest_is(minsu, "part_restarted"), timeout_s=60)
            assert (await told(minsu))[0]["params"] == {"part": "web"}
            assert (await minsu.http.get("/api/status/happenings/?limit=0")).status_code == 400
        house.stop()
        house.start(ready=False)
        async with person(house, "minsu") as minsu:
            newest = (await told(minsu))[0]
            assert (newest["kind"], newest["params"]) == ("house_started", {"after": "stop"})
    finally:
        house.stop()
