"""A library that a newer Ondol has left is no obstacle: the inbox is the truth, and it is read again."""

from collections.abc import Callable

from services.core.config import Config
from services.core.happenings import read
from services.web.safety.notices import Notices
from services.web.storage.integrity import opened as opened_file
from tests.integration.library.conftest import opened


async def test_it_is_made_anew_and_said_so(make_config: Callable[..., Config]) -> None:
    config = make_config()
    async with opened(config) as held:
        await held.drop("shared/rules.md", "Quiet after ten.")
        await held.settled()
    with opened_file(config.home.library_db) as connection:
        connection.execute("PRAGMA user_version = 9999")
    async with opened(config) as held:
        assert await held.library.chunk_count() == 0
        await held.drop("shared/rules.md", "Quiet after ten.")
        await held.settled()
        assert await held.library.chunk_count() == 1
    assert [notice.kind for notice in Notices(config.home).all()] == ["library_renewed"]
    assert read(config.home.happenings) == []
