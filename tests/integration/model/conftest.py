"""One model process for the tests that leave it as they found it, and boxes for those that break things."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.core.protocol.client import ModelClient
from tests.integration.model.box import Box


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    box = Box(tmp_path_factory.mktemp("model"))
    box.fill()
    await box.start()
    yield box
    await box.clear()


@pytest_asyncio.fixture(loop_scope="module")
async def client(running: Box) -> AsyncIterator[ModelClient]:
    async with running.client() as client:
        yield client


@pytest_asyncio.fixture
async def box(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    """Not started, and without models."""
    box = Box(tmp_path_factory.mktemp("model"))
    yield box
    await box.clear()
