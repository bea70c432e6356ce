"""The public app with real databases; nobody answers questions here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.core.config import load_config
from tests.integration.library.web import House, served


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    config = load_config({"ONDOL_HOME": str(tmp_path / "home")})
    config.home.create()
    async with served(config) as running:
        yield running
