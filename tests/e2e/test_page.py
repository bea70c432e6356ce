"""The page as a person uses it."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.appliance import Appliance, Person, eventually, person


async def log_in(page: Page, name: str) -> None:
    await page.goto("/")
    await page.get_by_role("textbox", name="Your name").fill(name)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()


async def say(page: Page, text: str) -> None:
    await page.get_by_role("textbox", name="Message").fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


async def test_log_in_chat_and_find_the_chat_again(page: Page) -> None:
    await log_in(page, "eunji")
    await say(page, "Write one short sentence about tea.")
    log = page.get_by_role("log", name="Conversation")
    await expect(log).to_contain_text("Write one short sentence about tea.")
    await expect(page.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=60_000)
    address = page.url
    assert re.search(r"/chat/\d+", address)
    await page.reload()
    await expect(page.get_by_role("log", name="Conversation")).to_contain_text("about tea.")
    await expect(page.get_by_role("navigation").get_by_text("Write one short sentence").first).to_be_visible()


async def test_what_is_being_typed_is_told_to_the_box(page: Page) -> None:
    told: list[dict[str, object]] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: told.append(json.loads(data))))
    await log_in(page, "typist")
    await say(page, "hello there")
    await expect(page.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=60_000)
    box = page.get_by_role("textbox", name="Message")
    await box.press_sequentially("and how are you", delay=20)
    await eventually(lambda: any(f["type"] == "draft" and f["content"] == "and how are you" for f in told))
    await box.fill("")
    await eventually(lambda: told[-1] == {"type": "draft", "content": "", "use_rag": False})


async def test_stop_keeps_what_was_said(page: Page, appliance: Appliance) -> None:
    await log_in(page, "stopper")
    await say(page, "Count slowly from one to ten thousand, one number a line, and explain each number.")
    stop = page.get_by_role("button", name="Stop", exact=True)
    await expect(stop).to_be_visible()
    await stop.click()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


async def test_a_chat_is_renamed_and_deleted(page: Page) -> None:
    await log_in(page, "renamer")
    await say(page, "hello there")
    await expect(page.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=60_000)
    await page.get_by_role("button", name="Options for hello there").click()
    await page.get_by_role("menuitem", name="Rename").click()
    box = page.get_by_role("textbox", name="Title of the chat")
    await box.fill("Winter plans")
    await box.press("Enter")
    await expect(page.get_by_role("button", name="Options for Winter plans")).to_be_visible()
    await page.get_by_role("button", name="Options for Winter plans").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.get_by_role("button", name="Options for Winter plans")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("button", name="Options for Winter plans")).to_be_visible()


async def test_an_uploaded_document_is_read_and_cited(page: Page, tmp_path: Path) -> None:
    note = tmp_path / "beehive.txt"
    note.write_text("The beehive inspection at Fennel Farm is on 14 June. The inspector is Odalys Brandt.\n")
    await log_in(page, "beekeeper")
    await page.get_by_role("link", name="Documents").click()
    await page.locator("input[type=file]").first.set_input_files(note)
    row = page.get_by_role("listitem").filter(has_text="beehive.txt").first
    await expect(row).to_contain_text("Ready", timeout=30_000)
    await page.get_by_role("link", name="New chat").or_(page.get_by_role("button", name="New chat")).first.click()
    await page.get_by_role("button", name="Use my documents").click()
    await say(page, "Who is the inspector of the beehive at Fennel Farm?")
    await expect(page.get_by_text("Sources").first).to_be_visible(timeout=90_000)
    source = page.get_by_role("link", name=re.compile("beehive.txt")).or_(
        page.get_by_role("button", name=re.compile("beehive.txt"))
    )
    await source.first.click()
    await expect(page.get_by_text("Odalys Brandt").first).to_be_visible()


async def test_a_template_is_made_and_used(page: Page, appliance: Appliance) -> None:
    await log_in(page, "templater")
    await page.get_by_role("link", name="Templates").click()
    await (
        page.get_by_role("button", name="New template").or_(page.get_by_role("link", name="New template")).first.click()
    )
    await page.get_by_role("textbox", name="Name", exact=True).fill("Pirate")
    await page.get_by_role("textbox", name="System prompt").fill("You are a pirate.")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name="Templates").click()
    await expect(page.get_by_text("Pirate").first).to_be_visible()


async def test_the_demonstration_model_is_named_and_the_way_to_a_real_one(page: Page) -> None:
    await log_in(page, "newcomer")
    await expect(page.get_by_text("make model NAME=mistral-7b-instruct-v0.2").first).to_be_visible()


@pytest.mark.parametrize("width", [360, 390])
async def test_a_phone_shows_everything_without_sideways_scrolling(
    browser: Browser, appliance: Appliance, width: int
) -> None:
    context = await browser.new_context(
        base_url=appliance.url, locale="ko-KR", viewport={"width": width, "height": 740}, has_touch=True
    )
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_role("textbox", name="이름").fill("전화기")
    await page.get_by_role("textbox", name="이름").press("Enter")
    await expect(page.get_by_role("textbox", name="메시지")).to_be_visible()
    for path in ("/", "/library", "/templates", "/models", "/status"):
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} px wide"
    await context.close()


async def test_korean_composition_does_not_send(page: Page, context: BrowserContext) -> None:
    await log_in(page, "typist")
    box = page.get_by_role("textbox", name="Message")
    await box.click()
    session = await context.new_cdp_session(page)
    await session.send("Input.imeSetComposition", {"text": "안녕", "selectionStart": 2, "selectionEnd": 2})
    await box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True})
    await session.send("Input.insertText", {"text": "안녕"})
    await expect(box).to_have_value(re.compile("안녕"))
    assert "/chat/" not in page.url


async def test_the_answer_goes_on_while_the_page_is_closed(page: Page, context: BrowserContext) -> None:
    await log_in(page, "leaver")
    await say(page, "Tell me a story about a lighthouse keeper and his cat.")
    await expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    await page.wait_for_url(re.compile(r"/chat/\d+"))
    address = page.url
    await page.close()
    again = await context.new_page()
    await again.goto(address)
    await expect(again.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=90_000)


async def test_two_windows_see_the_same_chat(page: Page, context: BrowserContext, appliance: Appliance) -> None:
    await log_in(page, "twice")
    await say(page, "hello")
    await page.wait_for_url(re.compile(r"/chat/\d+"))
    other = await context.new_page()
    await other.goto(page.url)
    await expect(page.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=60_000)
    await say(page, "and a second question")
    await expect(other.get_by_role("log", name="Conversation")).to_contain_text("and a second question")


async def test_nothing_is_fetched_from_outside(page: Page, appliance: Appliance) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await log_in(page, "hermit")
    for path in ("/library", "/templates", "/models", "/status", "/api/docs"):
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
    outside = [
        url
        for url in asked
        if not url.startswith((appliance.url, appliance.url.replace("http", "ws"), "data:", "blob:"))
    ]
    assert outside == []


async def test_somebody_may_read_the_stored_answer_of_the_page(appliance: Appliance, page: Page) -> None:
    await log_in(page, "reader")
    await say(page, "hi")
    await expect(page.get_by_role("button", name="Copy answer").first).to_be_visible(timeout=60_000)
    async with person(appliance, "reader") as reader:
        assert isinstance(reader, Person)
        sessions = (await reader.http.get("/api/sessions/")).json()
        assert len(sessions) == 1
        stored = (await reader.http.get(f"/api/sessions/{sessions[0]['id']}/messages/")).json()
        await expect(page.get_by_role("log", name="Conversation")).to_contain_text(stored[-1]["content"].split()[0])
