"""The list of chats as people use it."""

import re

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.appliance import Appliance, Person, eventually, person
from tests.e2e.test_page import log_in


async def seed(who: Person, *titles: str) -> list[str]:
    made = [await who.http.post("/api/sessions/", json={"title": title}) for title in titles]
    return [str(answer.json()["id"]) for answer in made]


def links(page: Page) -> Locator:
    return page.get_by_role("list", name="Chats").get_by_role("link")


async def choose(page: Page, title: str, action: str) -> None:
    await page.get_by_role("button", name=f"Options for {title}", exact=True).first.click()
    await page.get_by_role("menuitem", name=action, exact=True).click()


async def test_pin_folder_archive_and_find(page: Page, appliance: Appliance) -> None:
    async with person(appliance, "orderly") as orderly:
        await seed(orderly, "Tax letter", "온돌 수리", "Soup")
        await log_in(page, "orderly")
        await expect(links(page)).to_have_text(["Soup", "온돌 수리", "Tax letter"])
        await choose(page, "Tax letter", "Pin")
        await expect(links(page)).to_have_text(["Tax letter", "Soup", "온돌 수리"])
        await choose(page, "Soup", "Move to folder")
        await page.get_by_role("textbox", name="New folder").fill("Kitchen")
        await page.get_by_role("button", name="Move", exact=True).click()
        folder = page.get_by_role("button", name="Kitchen")
        await expect(folder).to_have_attribute("aria-expanded", "false")
        await expect(links(page)).to_have_text(["Tax letter", "온돌 수리"])
        await folder.click()
        await expect(links(page)).to_have_text(["Tax letter", "Soup", "온돌 수리"])
        await choose(page, "온돌 수리", "Archive")
        await expect(links(page)).to_have_text(["Tax letter", "Soup"])
        await page.get_by_role("searchbox", name="Search chats").fill("온돌")
        await expect(links(page)).to_have_text([re.compile("온돌 수리")])
        await expect(links(page).locator("mark")).to_have_text("온돌")
        await page.get_by_role("searchbox", name="Search chats").fill("nothing like it")
        await expect(page.get_by_text("No chat has all of these words.")).to_be_visible()
        await page.get_by_role("searchbox", name="Search chats").fill("")
        await page.get_by_role("button", name="Options for the list of chats").click()
        await page.get_by_role("menuitem", name="Archive").click()
        await expect(links(page)).to_have_text(["온돌 수리"])
        await choose(page, "온돌 수리", "Take out of the archive")
        await expect(page.get_by_text("Nothing is archived.")).to_be_visible()
        await page.get_by_role("button", name="Leave the archive").click()
        await expect(links(page)).to_have_text(["Tax letter", "Soup", "온돌 수리"])


async def test_many_are_deleted_and_brought_back_and_a_second_window_follows(
    page: Page, context: BrowserContext, appliance: Appliance
) -> None:
    async with person(appliance, "tidy") as tidy:
        ids = await seed(tidy, "one", "two", "three")
        await log_in(page, "tidy")
        second = await context.new_page()
        await second.goto(f"/chat/{ids[2]}")
        await expect(links(second)).to_have_text(["three", "two", "one"])
        await choose(page, "three", "Select")
        await page.get_by_role("list", name="Chats").get_by_role("checkbox", name="one").click()
        await expect(page.get_by_text("2 selected")).to_be_visible()
        await page.get_by_role("toolbar", name="Selected chats").get_by_role("button", name="Delete").click()
        await expect(links(page)).to_have_text(["two"])
        await expect(links(second)).to_have_text(["two"])
        await expect(second).to_have_url(re.compile(r"/$"))
        await page.get_by_role("button", name="Undo").click()
        await expect(links(page)).to_have_text(["three", "two", "one"])
        await expect(links(second)).to_have_text(["three", "two", "one"])


async def test_hundreds_of_chats_come_as_they_are_scrolled_to(page: Page, appliance: Appliance) -> None:
    async with person(appliance, "talkative") as talkative:
        await seed(talkative, *(f"chat {n}" for n in range(130)))
        await log_in(page, "talkative")
        listed = page.get_by_role("list", name="Chats")
        await expect(links(page).first).to_have_text("chat 129")
        assert await listed.get_by_role("listitem").count() < 60
        oldest = listed.get_by_role("link", name="chat 0", exact=True)
        await listed.hover()

        async def scrolled_to_the_end() -> bool:
            await page.mouse.wheel(0, 800)
            return await oldest.is_visible()

        await eventually(scrolled_to_the_end, timeout_s=30)
