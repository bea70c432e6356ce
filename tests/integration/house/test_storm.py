"""Every process is killed while people chat and drop files, one of them twice; `make test-soak` kills more."""

from pathlib import Path

from tests.appliance import Appliance
from tests.storm.storm import storm


async def test_five_kills_lose_nothing(tmp_path: Path) -> None:
    house = Appliance(
        tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false", ONDOL_INGEST__SETTLE_S="0.3", ONDOL_ENGINE__RETRY_S="0"
    ).start()
    try:
        after = await storm(house, kills=5, seed=20, people=2, max_tokens=60)
        assert after.statuses["done"] >= 2, str(after)
        assert after.documents >= 5
        assert after.failures <= {"run_given_up"}
    finally:
        house.stop()
