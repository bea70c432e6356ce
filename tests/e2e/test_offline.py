"""Lines break and boxes restart in the middle of things; nothing is lost, and nothing is there twice."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.appliance import Appliance, Json, person
from tests.e2e.test_page import log_in, say
from tests.e2e.watch import Watch
from tests.e2e.wifi import Wifi

QUESTION = "Tell a long story about a lighthouse."
LONG = {"max_tokens": 160, "ignore_eos": True, "seed": 5}


async def long_chat(appliance: Appliance, page: Page, name: str) -> str:
    """A chat whose answers take a while, opened on the page; its id."""
    await log_in(page, name)
    async with person(appliance, name) as somebody:
        session = await somebody.chat(**LONG)
    await page.goto(f"/chat/{session}")
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    return session


async def stored(appliance: Appliance, name: str, session: str) -> list[Json]:
    async with person(appliance, name) as somebody:
        messages: list[Json] = (await somebody.http.get(f"/api/sessions/{session}/messages/")).json()
        return messages


def answers(page: Page) -> Locator:
    return page.get_by_role("log", name="Conversation").get_by_role("article", name="Answer")


async def words(page: Page, at_least: int) -> None:
    """Wait until the answer has begun in earnest."""
    await expect(answers(page).last).to_have_text(re.compile(f".{{{at_least},}}"))


async def test_questions_wait_while_the_line_is_away_and_are_asked_once_in_order(
    page: Page, appliance: Appliance, watch: Watch
) -> None:
    wifi = Wifi(page, watch)
    await wifi.lay()
    await log_in(page, "tunnel")
    async with person(appliance, "tunnel") as somebody:
        session = await somebody.chat(max_tokens=6)
    await page.goto(f"/chat/{session}")
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    await wifi.cut()
    for question in ("the first of them", "never mind this one", "the last of them"):
        await say(page, question)
    await expect(page.get_by_text("Waiting to be sent")).to_have_count(3)
    await page.get_by_role("button", name="Take back").nth(1).click()
    box = page.get_by_role("textbox", name="Message")
    await expect(box).to_have_value("never mind this one")
    await box.fill("")
    await expect(page.get_by_text("Waiting to be sent")).to_have_count(2)
    await wifi.mend()
    await expect(page.get_by_text("Waiting to be sent")).to_have_count(0, timeout=60_000)
    await expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0, timeout=60_000)
    kept = await stored(appliance, "tunnel", session)
    assert [one["content"] for one in kept if one["role"] == "user"] == ["the first of them", "the last of them"]
    assert [one["status"] for one in kept] == ["done"] * 4
    await expect(page.get_by_role("article", name="You")).to_have_count(2)


async def test_an_answer_goes_on_behind_a_cut_line_and_is_whole_afterwards(
    page: Page, browser: Browser, appliance: Appliance, watch: Watch
) -> None:
    wifi = Wifi(page, watch)
    await wifi.lay()
    session = await long_chat(appliance, page, "commuter")
    await say(page, QUESTION)
    await words(page, 40)
    await wifi.cut()
    at_the_cut = await answers(page).last.inner_text()
    await expect(page.get_by_text("No connection to Ondol")).to_be_visible()
    await asyncio.sleep(0.5)
    assert await answers(page).last.inner_text() == at_the_cut, "what was there stays"
    await wifi.mend()
    await expect(page.get_by_text("No connection to Ondol")).to_have_count(0)
    await expect(page.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=90_000)
    shown = await answers(page).last.inner_text()
    await page.reload()
    await expect(page.get_by_role("button", name="Copy answer").first).to_be_visible()
    assert await answers(page).last.inner_text() == shown
    [question, answer] = await stored(appliance, "commuter", session)
    assert (question["content"], answer["status"]) == (QUESTION, "done")
    assert answer["usage"]["completion_tokens"] == LONG["max_tokens"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Appliance]:
    """A house of this test's own, to break."""
    own = Appliance(tmp_path / "house", ONDOL_ENGINE__CALIBRATE="false")
    try:
        yield own.start()
    finally:
        own.stop()


async def test_a_box_that_restarts_in_mid_answer_goes_on_in_both_windows(
    house: Appliance, browser: Browser, watch: Watch
) -> None:
    watch.expect(r"net::ERR_(CONNECTION|EMPTY|INCOMPLETE|SOCKET)|WebSocket connection to .* failed")
    context = await browser.new_context(
        base_url=house.url, locale="en-US", reduced_motion="reduce", service_workers="block"
    )
    page = await context.new_page()
    session = await long_chat(house, page, "keeper")
    second = await context.new_page()
    await second.goto(page.url)
    await say(page, QUESTION)
    await words(page, 40)
    await words(second, 40)
    house.kill("web")
    for window in (page, second):
        await expect(window.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=90_000)
        await expect(window.get_by_role("article", name="You")).to_have_count(1)
    assert await answers(page).last.inner_text() == await answers(second).last.inner_text()
    [question, answer] = await stored(house, "keeper", session)
    assert (question["content"], answer["status"]) == (QUESTION, "done")
    assert answer["usage"]["completion_tokens"] == LONG["max_tokens"]
    await context.close()
