"""The watch on all pages hears what it is there for."""

from playwright.async_api import Browser

from tests.appliance import Appliance
from tests.e2e.watch import Watch


async def test_it_hears_every_window_and_forgives_only_what_was_declared(
    browser: Browser, appliance: Appliance, watch: Watch
) -> None:
    context = await browser.new_context(base_url=appliance.url)
    page = await context.new_page()
    await page.goto("/healthz")
    watch.expect(r"declared")
    async with page.expect_console_message(lambda message: "loud" in message.text):
        await page.evaluate("console.warn('this was declared'); console.error('too loud')")
    async with context.expect_event("weberror"):
        await page.evaluate("void setTimeout(() => { throw new Error('a fault') })")
    other = await browser.new_context()
    window = await other.new_page()
    async with window.expect_event("requestfailed"):
        await window.evaluate("void fetch('http://other.invalid/').catch(() => null)")
    heard = "\n".join(watch.unexpected())
    assert "console error: too loud" in heard
    assert "a fault" in heard
    assert "request to another host: http://other.invalid/" in heard
    assert "declared" not in heard
    watch.expect(r"too loud|a fault|other\.invalid|ERR_")
