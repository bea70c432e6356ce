"""Every page in both languages, on phone and desk, by day and night, kept in build/screenshots/ to be looked at."""

import shutil
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from tests.appliance import ROOT, Appliance
from tests.e2e.furnished import Furnished, furnish

FOLDER = ROOT / "build" / "screenshots"
WIDTHS = {390: 844, 1280: 800}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LEAST_BYTES = 8_000
"""An empty page of one colour has about 4,000."""


async def shoot(page: Page, name: str, language: str) -> list[Path]:
    """The page as it is, at each width and in each scheme. Nothing may stick out sideways."""
    shots = []
    for width, height in WIDTHS.items():
        await page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            shots.append(FOLDER / f"{name}-{language}-{width}-{scheme}.png")
            await page.screenshot(path=shots[-1], animations="disabled")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on {width}"
    return shots


async def shoot_all(browser: Browser, appliance: Appliance, language: str, home: Furnished) -> list[Path]:
    context = await browser.new_context(base_url=appliance.url, locale=language, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = await context.new_page()
    await page.goto("/login")
    await expect(page.get_by_role("textbox")).to_be_visible()
    shots = await shoot(page, "login", language[:2])
    await home.enter(context, appliance)
    for place, path in home.places().items():
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        await expect(page.get_by_role("main").get_by_role("status", name="Loading")).to_have_count(0)
        shots += await shoot(page, place, language[:2])
    await context.close()
    return shots


@pytest.mark.timeout(300)  # some eighty pictures on a box that may be busy
async def test_every_page_is_there_to_be_looked_at(browser: Browser, appliance: Appliance) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    home = await furnish(appliance, "사진사")
    shots = []
    for language in ("ko-KR", "en-US"):
        shots += await shoot_all(browser, appliance, language, home)
    small = [shot.name for shot in shots if shot.stat().st_size < LEAST_BYTES]
    assert small == []
