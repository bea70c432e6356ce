"""The status page lives by itself: what happened in words, and drawings of what the box saw."""

from playwright.async_api import Page, expect

from tests.e2e.test_page import log_in


async def test_the_box_tells_what_happened_and_how_it_was(page: Page) -> None:
    await log_in(page, "warden")
    await page.goto("/status")
    await expect(page.get_by_text("Ondol was started for the first time.")).to_be_visible()
    memory = page.get_by_role("figure", name="Memory")
    await expect(memory).to_contain_text("now ", timeout=15_000)
    await expect(memory.locator("svg path").first).to_be_attached()
    await expect(page.get_by_role("figure", name="Tokens written per second")).to_contain_text("now 0", timeout=15_000)
    await page.get_by_role("button", name="1 day").click()
    await expect(page.get_by_role("button", name="1 day")).to_have_attribute("aria-pressed", "true")
