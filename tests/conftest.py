"""One appliance serves all tests that leave it as they found it; those that break things start their own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.appliance import Appliance, Person, person


@pytest.fixture(scope="session")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A running house with the embedded models."""
    house = Appliance(tmp_path_factory.mktemp("house"), ONDOL_ENGINE__CALIBRATE="false", ONDOL_INGEST__SETTLE_S="0.3")
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
async def minsu(appliance: Appliance, request: pytest.FixtureRequest) -> AsyncIterator[Person]:
    """Somebody of this test's own."""
    async with person(appliance, f"minsu {abs(hash(request.node.nodeid)) % 10**9}") as somebody:
        yield somebody
