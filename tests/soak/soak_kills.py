"""A hundred random `kill -9` while people chat and files are dropped."""

import os
import random
from pathlib import Path

from tests.appliance import Appliance
from tests.storm.storm import storm

REPLACED_S = 0.25
"""At most so much of what was shown may be replaced (journal interval 0.2 s, and the write)."""
KILLS = int(os.environ.get("SOAK_KILLS", "100"))


async def test_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
    print(f"\nSOAK_SEED={seed}")  # noqa: T201
    house = Appliance(
        tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false", ONDOL_INGEST__SETTLE_S="0.3", ONDOL_ENGINE__RETRY_S="0"
    ).start()
    try:
        after = await storm(house, kills=KILLS, seed=seed, people=3, max_tokens=150)
        print(after)  # noqa: T201
        assert after.journaled > 5 * KILLS, "the house was hardly ever up"
        assert after.statuses["done"] > KILLS / 20
        assert set(after.statuses) <= {"done", "failed"}
        assert after.failures <= {"run_given_up"}, "nothing else may end an answer"
        assert after.replaced_s <= REPLACED_S
    finally:
        house.stop()
