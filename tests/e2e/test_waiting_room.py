"""A house that closes over its data: whoever has the page open reads why, and goes on when it opens again."""

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from services.core.paths import Home
from services.web.storage.integrity import opened
from tests.appliance import ROOT
from tests.e2e.test_page import log_in
from tests.e2e.watch import Watch
from tests.integration.house.waiting import Web

SHOTS = ROOT / "build" / "screenshots"
WHY = "Ondol is closed: the data was written by a newer version."
AGAIN_MS = 40_000


def leave_version(home: Home, version: int | None) -> int:
    """What the database had; it has `version` then, if any."""
    with opened(home.ondol_db) as connection:
        before = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version is not None:
            connection.execute(f"PRAGMA user_version = {version}")
    return before


async def look(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for width, height in ((390, 844), (1280, 800)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=SHOTS / f"{name}-{width}.png")


async def test_the_open_page_and_the_installed_one_say_why(browser: Browser, watch: Watch, tmp_path: Path) -> None:
    watch.expect(r"ERR_CONNECTION_REFUSED|WebSocket connection to .* failed|status of (503|401)")
    home = Home(tmp_path / "home")
    with Web(home.root) as web:
        web.wait()
        context = await browser.new_context(base_url=f"http://127.0.0.1:{web.port}", locale="en-US")
        page = await context.new_page()
        await log_in(page, "minsu")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    known = leave_version(home, 9999)
    with Web(home.root, port=web.port) as closed:
        closed.wait()
        await expect(page.get_by_text(WHY)).to_be_visible(timeout=AGAIN_MS)
        await look(page, "closed-open-page")
        await page.reload()
        await expect(page.get_by_text(WHY)).to_be_visible(timeout=AGAIN_MS)
        await look(page, "closed-reloaded")
    leave_version(home, known)
    with Web(home.root, port=web.port) as again:
        again.wait()
        await expect(page.get_by_role("textbox", name="Message")).to_be_visible(timeout=AGAIN_MS)
        await expect(page.get_by_text(WHY)).to_have_count(0, timeout=AGAIN_MS)
        await context.close()
