"""Versions and branches as a person meets them: stop, another answer, another question, switch, continue, delete."""

import re

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.appliance import Appliance, person
from tests.e2e.test_page import log_in, say


async def open_chat(appliance: Appliance, page: Page, name: str, **settings: object) -> str:
    """A chat with these settings on the page; its id."""
    async with person(appliance, name) as somebody:
        session = await somebody.chat(**settings)
    await page.goto(f"/chat/{session}")
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    return session


async def change(appliance: Appliance, name: str, session: str, **settings: object) -> None:
    async with person(appliance, name) as somebody:
        answer = await somebody.http.put(f"/api/sessions/{session}/", json={"settings": settings})
        assert answer.status_code == 200, answer.text


def questions(page: Page) -> Locator:
    return page.get_by_role("log", name="Conversation").get_by_role("article", name="You")


async def ended(page: Page) -> None:
    await expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0, timeout=60_000)


async def reword(page: Page, old: str, new: str) -> None:
    question = questions(page).filter(has_text=old)
    await question.hover()
    await question.get_by_role("button", name="Edit question").click()
    box = page.get_by_role("textbox", name="Your question, worded anew")
    await expect(box).to_be_focused()
    await box.fill(new)
    await box.press("Enter")
    await expect(questions(page).filter(has_text=new)).to_be_visible()


async def test_a_chat_with_versions(page: Page, context: BrowserContext, appliance: Appliance) -> None:
    await log_in(page, "brancher")
    session = await open_chat(appliance, page, "brancher", max_tokens=2_000, ignore_eos=True)
    await say(page, "Count slowly from one to ten thousand and explain each number.")
    first = page.get_by_role("article", name="Answer")
    await expect(first).to_have_text(re.compile(".{20,}", re.DOTALL), timeout=60_000)
    await page.get_by_role("button", name="Stop", exact=True).click()
    await ended(page)
    await expect(first).to_contain_text("Stopped")
    await change(appliance, "brancher", session, max_tokens=24)
    kept = (await first.inner_text()).split("Stopped")[0].strip()

    await page.get_by_role("button", name="Ask again").click()
    await expect(page.get_by_text("2 / 2")).to_be_visible(timeout=60_000)
    await ended(page)
    await page.get_by_role("button", name="Previous version").click()
    await expect(page.get_by_text("1 / 2")).to_be_visible()
    assert (await first.inner_text()).startswith(kept)
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("longest allowed length")).to_be_visible(timeout=60_000)
    assert len(await first.inner_text()) > len(kept)
    assert (await first.inner_text()).startswith(kept)

    await say(page, "Name a colour.")
    await ended(page)
    await reword(page, "Name a colour.", "Name a fruit.")
    await ended(page)
    await expect(questions(page)).to_have_count(2)
    other = await context.new_page()
    await other.goto(page.url)
    await expect(questions(other).nth(1)).to_contain_text("Name a fruit.")
    await questions(page).nth(1).get_by_role("button", name="Previous version").click()
    for window in (page, other):
        await expect(questions(window).nth(1)).to_contain_text("Name a colour.")
        await expect(questions(window).nth(1)).to_contain_text("1 / 2")
    await other.close()

    await page.reload()
    await expect(questions(page).nth(1)).to_contain_text("Name a colour.")
    await questions(page).nth(1).hover()
    await questions(page).nth(1).get_by_role("button", name="More about this message").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(questions(page).nth(1)).to_contain_text("Name a fruit.")
    await expect(page.get_by_role("group", name="Versions")).to_have_count(1)


async def test_an_edit_is_left_with_escape_and_versions_work_by_keyboard(page: Page, appliance: Appliance) -> None:
    await log_in(page, "keyboarder")
    await open_chat(appliance, page, "keyboarder", max_tokens=12)
    await say(page, "Say hello.")
    await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=60_000)
    await ended(page)
    await page.get_by_role("button", name="Edit question").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Your question, worded anew")).to_be_focused()
    await page.keyboard.type(" And goodbye.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Edit question")).to_be_focused()
    await expect(questions(page)).to_have_text(re.compile("Say hello."))
    more = page.get_by_role("article", name="Answer").get_by_role("button", name="More about this message")
    await more.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Copy as Markdown")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(more).to_be_focused()
    await page.get_by_role("button", name="Ask again").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("2 / 2")).to_be_visible(timeout=60_000)
    await ended(page)
    before = page.get_by_role("button", name="Previous version")
    await before.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("1 / 2")).to_be_visible()
    await expect(before).to_be_focused()
