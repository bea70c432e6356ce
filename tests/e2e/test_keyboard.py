"""The page without a mouse: shortcuts, the way past the drawer, and a focus that is never lost."""

import re

from playwright.async_api import Page, expect

from tests.appliance import Appliance
from tests.e2e.furnished import furnish


async def test_shortcuts_the_sheet_and_the_focus(page: Page, appliance: Appliance) -> None:
    home = await furnish(appliance, "pianist")
    await home.enter(page.context, appliance)
    await page.goto("/status")
    await expect(page.get_by_role("heading", name="Status", level=1)).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()

    await page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(sheet).to_contain_text("Ctrl")
    await page.keyboard.press("n")
    await expect(page).to_have_url(re.compile("/status$"))
    await page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
    await expect(page.get_by_role("main")).to_be_focused()

    await page.keyboard.press("j")
    await expect(page).to_have_url(re.compile(f"/chat/{home.chat}$"))
    box = page.get_by_role("textbox", name="Message")
    await expect(box).to_be_focused()
    await page.get_by_role("main").focus()
    await page.keyboard.press("m")
    await expect(box).to_be_focused()
    await page.keyboard.type("n?m")
    await expect(box).to_have_value("n?m")
    await page.keyboard.press("Control+Shift+o")
    await expect(page).to_have_url(re.compile("/$"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")
    await expect(box).to_be_focused()

    await page.get_by_role("link", name="Documents").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    navigation = page.get_by_role("navigation", name="Main")
    await page.keyboard.press("b")
    await expect(navigation).to_have_count(0)
    await page.keyboard.press("b")
    await expect(navigation).to_be_visible()
    remove = page.get_by_role("button", name="Delete mill.txt")
    await remove.focus()
    await page.keyboard.press("Enter")
    await expect(remove).to_have_count(0)
    await expect(page.get_by_role("main")).to_be_focused()
