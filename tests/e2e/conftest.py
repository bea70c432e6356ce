"""A real browser: Debian's chromium, driven by Playwright. Every test ends with its pages having been quiet."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.appliance import Appliance
from tests.e2e.watch import Watch

CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 20_000
expect.set_options(timeout=TIMEOUT_MS)  # of 5 s, a busy machine needs more for one look of the page


@pytest.fixture
def watch() -> Watch:
    """Takes down what pages complain of; a test that provokes something says so with `watch.expect`."""
    return Watch()


@pytest.fixture
async def browser(watch: Watch) -> AsyncIterator[Browser]:
    """Every context it makes is watched, and its pages must have been quiet in the end."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        started.on("context", watch.add)
        yield started
        await started.close()
    assert watch.unexpected() == []


@pytest.fixture
async def context(browser: Browser, appliance: Appliance) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(
        base_url=appliance.url,
        locale="en-US",
        viewport={"width": 1280, "height": 800},
        reduced_motion="reduce",
        service_workers="block",  # what stands between page and box is tested in test_shell.py
    )
    made.set_default_timeout(TIMEOUT_MS)
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()
