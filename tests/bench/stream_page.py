"""How smooth the page stays while a long answer streams: `python -m tests.bench.stream_page [--dist FOLDER]`.

A real browser shows the built page; a box inside the page (scripted_page.js) streams one answer of mixed markdown. What
is counted are tasks that held the page up for more than 50 ms (the Long Tasks API's bound) and frames that were late.
"""

import argparse
import asyncio
import json
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from playwright.async_api import BrowserContext, Page, Route, async_playwright

from services.web.app import CONTENT_POLICY
from services.web.chat.settings import ChatSettings
from services.web.chat.views import SessionView
from tests.e2e.conftest import ARGS, CHROMIUM

ROOT = Path(__file__).parents[2]
HOST = "http://127.0.0.1:1"
LATE_MS = 50
POLICY = {"content-security-policy": CONTENT_POLICY}

SECTION = """## {n}번째 절: What the floor remembers

온돌은 **바닥(구들)**이 데워지는 방식이다. It takes *hours* to warm and a night to cool, `flue` by `flue`.

1. First the fire is laid.
2. Then the smoke is led below the stones, see [the plan](https://example.com/plan).
3. At last it leaves by the chimney.

```python
def heat(hours: int, stones: list[float]) -> float:
    return sum(stone * 0.5 ** (hours / 8) for stone in stones)
```

| hour | floor | air |
|-----:|------:|----:|
| 1 | 21.5 | 17.0 |
| 4 | 33.0 | 20.5 |

The sum \\(\\sum_i t_i\\) stays below $40^\\circ$ for {n} nights, and costs $5 or $6 of wood.

"""


def tokens(count: int) -> list[str]:
    """`count` pieces of about four characters of mixed markdown."""
    text = "".join(SECTION.format(n=n) for n in range(1, 200))
    pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
    assert len(pieces) >= count
    return pieces[:count]


WHEN = "2026-11-22T00:00:00Z"


def _session() -> Any:
    settings = ChatSettings(max_tokens=512, system_prompt="")
    return msgspec.to_builtins(SessionView("1", "Floors", settings, WHEN, WHEN, 0, running=False))


class ScriptedPage:
    """The built page without a box: files from `dist`, the API's answers from here."""

    def __init__(self, dist: Path, **api: Any) -> None:
        """`api` are answers by path, beside those of an empty chat."""
        self._dist = dist
        self._api: dict[str, Any] = {
            "/api/auth/user/": {"id": "1", "username": "bench", "locale": None, "created_at": WHEN},
            "/api/sessions/1/": _session(),
            "/api/sessions/": [_session()],
            "/api/safety/": {
                "disk": {"level": "ok", "free_bytes": 1, "total_bytes": 1},
                "writes": {"state": "ok", "at": None},
                "notices": [],
            },
            **api,
        }

    async def open(self, context: BrowserContext) -> Page:
        await context.route("**/*", self._answer)
        script = Path(__file__).with_name("scripted_page.js").read_text(encoding="utf-8")
        await context.add_init_script(f"{script}\nwindow.box.session = {json.dumps(_session())}")
        page = await context.new_page()
        await page.goto(f"{HOST}/chat/1")
        return page

    async def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/api/"):
            await route.fulfill(json=self._api.get(path, []))
            return
        file = self._dist / path.lstrip("/")
        if not file.is_file():
            file = self._dist / "index.html"
        kind = mimetypes.guess_type(file.name)[0] or "text/html"
        await route.fulfill(body=file.read_bytes(), headers={"content-type": kind, **POLICY})


async def measure(dist: Path, count: int, per_s: float) -> dict[str, Any]:
    """Long tasks (ms), late frames and what was shown, of one streamed answer."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = await ScriptedPage(dist).open(await browser.new_context(locale="en-US", service_workers="block"))
        box = page.get_by_role("textbox", name="Message")
        await box.fill("Tell me all about floors.")
        streamed = asyncio.ensure_future(
            page.evaluate("([t, r]) => { window.box.watch(); return window.box.stream(t, r) }", [tokens(count), per_s])
        )
        await asyncio.sleep(0.2)
        await box.press("Enter")
        took = await asyncio.wait_for(streamed, 300)
        long, frames = await page.evaluate("[window.box.long, window.box.frames]")
        nodes = await page.evaluate("document.querySelectorAll('article h2').length")
        await browser.close()
    late = [ms for ms in frames if ms > LATE_MS]
    return {
        "tokens": count,
        "tokens_per_s": round(count / took),
        "long_tasks": len(long),
        "longest_ms": round(max(long, default=0)),
        "blocked_s": round(sum(long) / 1000, 2),
        "frames": len(frames),
        "late_frames": len(late),
        "worst_frame_ms": round(max(frames)),
        "headings": nodes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, default=ROOT / "frontend" / "dist")
    parser.add_argument("--tokens", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=300.0, help="tokens a second")
    asked = parser.parse_args()
    print(json.dumps(asyncio.run(measure(asked.dist, asked.tokens, asked.rate))))


if __name__ == "__main__":
    main()
