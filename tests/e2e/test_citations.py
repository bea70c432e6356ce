"""Sources that live, in a real browser: a thumb up, a changed file, a deleted one."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.appliance import Appliance
from tests.e2e.test_page import log_in, say

RENT = "The rent for the mill on Alder Row is 875 crowns a month, due on the third.\n"


@pytest.mark.timeout(300)  # two answers, three readings of a file, on a box that may be busy
async def test_a_source_changes_and_goes(page: Page, appliance: Appliance) -> None:
    await log_in(page, "miller")
    file = appliance.home / "inbox" / "miller" / "mill.txt"
    file.write_text(RENT)
    await page.get_by_role("link", name="Documents").click()
    await expect(page.get_by_role("listitem").filter(has_text="mill.txt").first).to_contain_text(
        "Ready", timeout=30_000
    )
    await page.get_by_role("link", name="New chat").or_(page.get_by_role("button", name="New chat")).first.click()
    await page.get_by_role("button", name="Use my documents").click()
    await say(page, "What is the rent for the mill on Alder Row?")
    source = page.get_by_role("link", name=re.compile(r"^1\. mill\.txt"))
    await expect(source).to_be_visible(timeout=90_000)

    thumb = page.get_by_role("button", name="Good answer")
    await thumb.click()
    await expect(thumb).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_text("Noted.")).to_be_visible()

    file.write_text(RENT.replace("875", "940"))
    changed = page.get_by_role("button", name=re.compile(r"mill\.txt · changed"))
    await expect(changed).to_be_visible(timeout=20_000)
    await changed.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("del")).to_have_text("875")
    await expect(dialog.locator("ins")).to_have_text("940")
    await dialog.get_by_role("link", name="Open the document").click()
    await expect(page.locator("mark")).to_contain_text("940 crowns")
    await page.go_back()
    await expect(changed).to_be_visible()
    await expect(thumb).to_have_attribute("aria-pressed", "true")

    file.unlink()
    gone = page.get_by_role("button", name=re.compile(r"mill\.txt · deleted"))
    await expect(gone).to_be_visible(timeout=20_000)
    await gone.click()
    await expect(dialog).to_contain_text("875 crowns")
    await dialog.get_by_role("button", name="Ask again").click()
    await expect(page.get_by_text("2 / 2")).to_be_visible(timeout=60_000)

    await page.goto("/status")
    await page.get_by_role("button", name="Test now").click()
    await expect(page.get_by_text("mill.txt is gone")).to_be_visible()
