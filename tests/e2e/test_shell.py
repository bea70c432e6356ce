"""The page without its box: past chats are read from what the service worker kept, and nobody else's."""

from playwright.async_api import Browser, Page, expect

from tests.appliance import Appliance, person
from tests.e2e.test_page import log_in
from tests.e2e.watch import Watch

QUESTION = "Which floor is warm?"


async def kept(page: Page) -> list[str]:
    """Addresses of what the worker keeps of chats."""
    found: list[str] = await page.evaluate(
        "caches.open('ondol-chats').then((one) => one.keys()).then((keys) => keys.map((key) => key.url))"
    )
    return found


async def test_past_chats_are_read_without_the_box_and_forgotten_on_log_out(
    browser: Browser, appliance: Appliance, watch: Watch
) -> None:
    watch.expect(r"ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection to .* failed")
    context = await browser.new_context(base_url=appliance.url, locale="en-US", reduced_motion="reduce")
    page = await context.new_page()
    await log_in(page, "traveller")
    async with person(appliance, "traveller") as somebody:
        session = await somebody.chat(max_tokens=6)
        answer = (await somebody.ask(session, QUESTION))[-1]["message"]["content"]
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.goto(f"/chat/{session}")
    await expect(page.get_by_role("article", name="Answer")).to_be_visible()

    await context.set_offline(True)
    assert await page.evaluate("fetch('/healthz').then(() => 'reached', () => 'away')") == "away"
    await page.reload()
    log = page.get_by_role("log", name="Conversation")
    await expect(log).to_contain_text(QUESTION)
    await expect(log).to_contain_text(answer.split()[0])
    await expect(page.get_by_role("navigation").get_by_text(QUESTION[:12]).first).to_be_visible()
    await expect(page.get_by_text("No connection to Ondol")).to_be_visible()

    await context.set_offline(False)
    await expect(page.get_by_text("No connection to Ondol")).to_have_count(0, timeout=30_000)
    assert all("x-ondol-user=" in url and "/api/auth/" not in url for url in await kept(page))
    await page.get_by_role("button", name="Account of traveller").click()
    await page.get_by_role("menuitem", name="Log out").click()
    await expect(page.get_by_role("textbox", name="Your name")).to_be_visible()
    assert await kept(page) == []
    await context.close()
