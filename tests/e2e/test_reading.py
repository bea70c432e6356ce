"""How an answer looks and how typing feels: the built page under its real policy, with a box that says exactly this."""

from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from playwright.async_api import Browser, Page, expect

from services.web.chat.views import MessageView
from tests.bench.stream_page import ROOT, WHEN, ScriptedPage

ANSWER = """## 온돌의 원리

**구들(방고래)**은 바닥을 데우고, 값은 $5와 $6 사이입니다. 열의 흐름은 \\(q = -k \\frac{dT}{dx}\\)이고 모두 더하면:

\\[
Q = \\sum_{i=1}^{n} m_i c_i \\Delta T_i
\\]

```python
def warm(hours: float) -> float:
    return 20.0 + 8.0 * (1 - 0.5 ** (hours / 2))  # degrees
```

| hour | floor | air | wall | ceiling | outside | fuel left | remark that is rather long |
|---:|---:|---:|---:|---:|---:|---:|---|
| 1 | 21.5 | 17.0 | 15.2 | 18.1 | -4.0 | 80 % | the flue is still cold and draws badly |

- [x] 불 지피기
- [ ] 재 비우기

![a picture](https://evil.example/x.png) <b>no html</b> [bad](javascript:alert(1))
"""


def message(number: int, role: Literal["user", "assistant"], content: str) -> Any:
    return msgspec.to_builtins(
        MessageView(number, role, content, "done", WHEN, parent_id=number - 1 or None, versions=(number,))
    )


def template(number: int, name: str, *variables: str) -> dict[str, Any]:
    return {
        "id": str(number), "name": name, "description": "", "system_prompt": "", "examples": [], "engine": None,
        "variables": [{"name": one, "default": ""} for one in variables],
        "created_at": "2026-11-22T00:00:00Z", "updated_at": "2026-11-22T00:00:00Z",
    }  # fmt: skip


async def opened(browser: Browser, width: int = 1280, **more: Any) -> Page:
    box = ScriptedPage(
        ROOT / "frontend" / "dist",
        **{
            "/api/sessions/1/messages/": [message(1, "user", "온돌은?"), message(2, "assistant", ANSWER)],
            "/api/prompts/templates/": [template(1, "Pirate"), template(2, "Translate", "language")],
        },
    )
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, service_workers="block", reduced_motion="reduce", **more
    )
    page = await box.open(context)
    await expect(page.locator("article").last).to_be_visible()
    return page


@pytest.mark.parametrize(("locale", "scheme", "width"), [("ko-KR", "dark", 390), ("en-US", "light", 1280)])
async def test_an_answer_is_set_properly(
    browser: Browser, tmp_path: Path, locale: str, scheme: Any, width: int
) -> None:
    page = await opened(browser, width, locale=locale, color_scheme=scheme)
    answer = page.locator("article").last
    await expect(answer.locator("strong")).to_have_text("구들(방고래)")
    await expect(answer.locator(".katex")).to_have_count(2)
    await expect(answer).to_contain_text("$5와 $6 사이")
    await expect(answer.locator(".hljs-keyword").first).to_have_text("def")
    await expect(answer.locator("img, b")).to_have_count(0)
    assert await answer.locator("a").evaluate_all("links => links.map((one) => one.getAttribute('href'))") == [
        "https://evil.example/x.png"
    ]
    assert await page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    inside = await answer.get_by_role("group").evaluate("table => table.scrollWidth - table.clientWidth")
    assert (inside > 0) == (width == 390), "a wide table scrolls inside"
    lines = "one => { const r = document.createRange(); r.selectNodeContents(one); return r.getClientRects().length }"
    assert await answer.get_by_role("columnheader").first.evaluate(lines) == 1, "no word is broken for room"
    await page.screenshot(path=tmp_path / f"reading-{locale}-{scheme}.png", full_page=True)


async def test_one_enter_sends_korean_text_once(browser: Browser) -> None:
    page = await opened(browser, locale="ko-KR")
    await page.evaluate("window.asked = []; window.box.answer = (_line, said) => void asked.push(said.content); null")
    box = page.get_by_role("textbox", name="메시지")
    keys = await page.context.new_cdp_session(page)
    await box.click()
    for syllable in ("ㅎ", "하", "한"):
        await keys.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    press = {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    await keys.send("Input.dispatchKeyEvent", press)
    await keys.send("Input.insertText", {"text": "한"})
    await expect(box).to_have_value("한")
    assert await page.evaluate("window.asked") == [], "the key that ends a syllable sends nothing"
    await box.press("Shift+Enter")
    await box.press_sequentially("글")
    await box.press("Enter")
    await expect(box).to_have_value("")
    await box.press("Enter")
    assert await page.evaluate("window.asked") == ["한\n글"]


async def test_a_slash_gives_the_chat_a_template(browser: Browser) -> None:
    page = await opened(browser, locale="en-US")
    box = page.get_by_role("textbox", name="Message")
    await box.fill("/")
    await expect(page.get_by_role("option")).to_have_count(2)
    await box.press_sequentially("tr")
    await box.press("Enter")
    field = page.get_by_role("dialog").get_by_role("textbox", name="language")
    await field.fill("French")
    async with page.expect_request(lambda one: one.method == "PUT" and one.url.endswith("/api/sessions/1/")) as asked:
        await page.get_by_role("button", name="Use", exact=True).click()
    change = (await asked.value).post_data_json
    assert change == {"settings": {"template_id": "2", "template_variables": {"language": "French"}}}
    await expect(box).to_have_value("")
    await expect(box).to_be_focused()
