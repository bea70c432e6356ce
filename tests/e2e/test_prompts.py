"""A template in the making: tried unsaved, examples in order, versions, a duplicate."""

import re

from playwright.async_api import Page, expect

from tests.e2e.test_page import log_in


async def test_a_template_is_tried_ordered_changed_taken_back_and_duplicated(page: Page) -> None:
    await log_in(page, "playwright")
    await page.goto("/templates/new")
    await page.get_by_role("textbox", name="Name", exact=True).fill("Tutor")
    prompt = page.get_by_role("textbox", name="System prompt")
    await prompt.fill("You are a patient tutor of {{subject}}.")
    await page.get_by_role("textbox", name="subject (default)").fill("Latin")
    for question in ("first question", "second question"):
        await page.get_by_role("button", name="Add an example").click()
        await page.get_by_role("group", name="Examples").get_by_role("textbox", name="Question").last.fill(question)
    await page.get_by_role("button", name="Move example 2 up").click()
    await expect(page.get_by_role("textbox", name="Question").first).to_have_value("second question")

    trial = page.get_by_role("region", name="Try it")
    await trial.get_by_role("textbox", name="Question").fill("Say hello.")
    await trial.get_by_role("button", name="Ask").click()
    await expect(trial.get_by_role("region", name="Answer")).to_be_visible(timeout=60_000)
    await page.get_by_role("button", name="Save").click()

    await page.get_by_role("link", name="Edit Tutor").click()
    await prompt.fill("You are a stern tutor.")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name="Edit Tutor").click()
    await expect(prompt).to_have_value("You are a stern tutor.")
    await page.get_by_role("button", name="Earlier versions").click()
    versions = page.get_by_role("dialog", name="Earlier versions")
    await versions.get_by_text(re.compile(r"· Tutor$")).click()
    await versions.get_by_role("button", name="Put this version into the editor").click()
    await expect(prompt).to_have_value("You are a patient tutor of {{subject}}.")
    await page.get_by_role("link", name="Cancel").click()

    await page.get_by_role("button", name="Duplicate Tutor").click()
    await expect(page.get_by_role("heading", name="Tutor (copy)")).to_be_visible()
    await expect(page.get_by_text("tokens").first).to_be_visible()
