"""axe-core on every page and its menus and dialogs, light and dark: nothing serious or critical."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.appliance import ROOT, Appliance
from tests.e2e.furnished import Furnished, furnish

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
GRAVE = ("serious", "critical")


@pytest.fixture
async def desk(browser: Browser, appliance: Appliance) -> AsyncIterator[Page]:
    context = await browser.new_context(
        base_url=appliance.url, locale="en-US", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def home(desk: Page, appliance: Appliance) -> Furnished:
    made = await furnish(appliance, "axe")
    await made.enter(desk.context, appliance)
    return made


async def grave(page: Page, where: str) -> list[str]:
    """What axe finds on the page as it is, by day and by night."""
    await page.evaluate(AXE.read_text())
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        result: dict[str, Any] = await page.evaluate("options => axe.run(document, options)", OPTIONS)
        for violation in result["violations"]:
            if violation["impact"] in GRAVE:
                nodes = "; ".join(f"{node['target']} {node['failureSummary']}" for node in violation["nodes"][:3])
                found.append(f"{where}, {scheme}: {violation['id']} ({violation['impact']}): {nodes}")
    return found


async def settled(page: Page) -> None:
    await page.wait_for_load_state("networkidle")
    await expect(page.get_by_role("status", name="Loading")).to_have_count(0)


async def test_the_way_in(desk: Page) -> None:
    await desk.goto("/login")
    await expect(desk.get_by_role("textbox", name="Your name")).to_be_visible()
    assert await grave(desk, "login") == []


@pytest.mark.timeout(240)  # two schemes of ten pages on a box that may be busy
async def test_every_page(desk: Page, home: Furnished) -> None:
    found = []
    for name, path in home.places().items():
        await desk.goto(path)
        await settled(desk)
        found += await grave(desk, name)
    assert not found, "\n".join(found)


@pytest.mark.timeout(240)
async def test_what_opens_over_the_pages(desk: Page, home: Furnished) -> None:
    found = []
    await desk.goto(f"/chat/{home.chat}")
    await settled(desk)
    openers = {
        "account menu": desk.get_by_role("button", name=re.compile("^Account of")),
        "chat settings": desk.get_by_role("button", name="Chat settings"),
        "chat menu": desk.get_by_role("button", name=re.compile("^Options for")).first,
    }
    for name, opener in openers.items():
        await opener.click()
        await expect(desk.get_by_role("menu").or_(desk.get_by_role("dialog"))).to_be_visible()
        found += await grave(desk, name)
        await desk.keyboard.press("Escape")
        await expect(desk.get_by_role("menu").or_(desk.get_by_role("dialog"))).to_have_count(0)
        await expect(opener).to_be_focused()
    assert not found, "\n".join(found)
