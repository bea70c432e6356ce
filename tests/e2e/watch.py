"""What no page may do unseen, in any window of a test: complain in its console, fail, or call out of the house."""

import re
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError

HOME = "127.0.0.1"
LOUD = ("error", "warning")
NO_WORKER = re.compile("Service Worker registration blocked by Playwright")
"""Most tests keep the worker out (conftest.py), and the browser says so."""
NOBODY_LOGGED_IN = re.compile(r"status of 401 .* at \S+/api/auth/user/$")
"""The page asks who is logged in before anybody is, and the browser itself writes down that the answer was 401."""


class Watch:
    """Watches every page of every context of a browser, second windows and phones too."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._expected = [NO_WORKER, NOBODY_LOGGED_IN]

    def add(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._weberror)
        context.on("request", self._request)
        context.on("page", self._page)

    def expect(self, pattern: str) -> None:
        """This test makes such lines happen: by cutting a network, or asking for what is not there. Keep it narrow."""
        self._expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [line for line in self._heard if not any(pattern.search(line) for pattern in self._expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in LOUD:
            self._heard.append(f"console {message.type}: {message.text} at {message.location.get('url', '')}")

    def _weberror(self, error: WebError) -> None:
        self._heard.append(f"page error: {error.error}")

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._address(socket.url))

    def _address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname != HOME:
            self._heard.append(f"request to another host: {url}")
