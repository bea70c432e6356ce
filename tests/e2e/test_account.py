"""The account page: what is set follows, chats come in, and everything can go."""

import json
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.appliance import Appliance
from tests.e2e.test_page import log_in
from tests.e2e.watch import Watch
from tests.integration.sessions.exports import CHATGPT


async def test_what_is_set_follows_to_the_next_device(page: Page, browser: Browser, appliance: Appliance) -> None:
    await log_in(page, "settled")
    await page.goto("/account")
    await page.get_by_role("textbox", name="Shown name").fill("Grandma")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Account of Grandma")).to_be_visible()
    await page.get_by_role("combobox", name="Theme").click()
    async with page.expect_response(lambda answer: answer.request.method == "PUT"):
        await page.get_by_role("option", name="Dark").click()
    await page.get_by_role("combobox", name="Size of text").click()
    async with page.expect_response(lambda answer: answer.request.method == "PUT"):
        await page.get_by_role("option", name="Larger").click()
    other = await (await browser.new_context(base_url=appliance.url, locale="en-US")).new_page()
    await log_in(other, "settled")
    await expect(other.get_by_role("heading", name="Grandma")).to_be_visible()
    await expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(other.locator("html")).to_have_css("font-size", "20px")


async def test_chats_come_in_and_the_account_goes(page: Page, watch: Watch, tmp_path: Path) -> None:
    # Every window of the account hears that its chats are gone, asks for the list, and learns that nobody is logged in.
    watch.expect(r"status of 401 .* at \S+/api/sessions/")
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([{**CHATGPT[0], "is_archived": False}, CHATGPT[1]]))
    await log_in(page, "mover")
    await page.goto("/account")
    await page.get_by_label("Import chats").and_(page.locator("input")).set_input_files(file)
    report = page.get_by_role("status").filter(has_text="taken in")
    await expect(report).to_contain_text("1 chat was taken in. 1 picture or file was left out. 1 chat was skipped:")
    await expect(report).to_contain_text("Nothing: nothing is said in it")
    await expect(page.get_by_role("list", name="Chats").get_by_role("link")).to_have_text(["Bleeding a radiator"])
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download everything").click()
    assert (await download.value).suggested_filename == "ondol-mover.zip"
    await page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Your name").fill("somebody")
    await expect(dialog.get_by_role("button", name="Delete my account")).to_be_disabled()
    await dialog.get_by_role("textbox", name="Your name").fill("mover")
    await dialog.get_by_role("button", name="Delete my account").click()
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()
