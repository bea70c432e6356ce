"""The line between a window and the box, which a test can cut and mend."""

import re

from playwright.async_api import Page, WebSocketRoute

from tests.e2e.watch import Watch


class Wifi:
    """Sockets and requests of one page. `set_offline` of the browser alone leaves open sockets alive."""

    def __init__(self, page: Page, watch: Watch) -> None:
        self._page = page
        self._up = True
        self._open: list[WebSocketRoute] = []
        watch.expect(r"ERR_INTERNET_DISCONNECTED|WebSocket connection to .* failed")

    async def lay(self) -> None:
        """To be called before the page opens its sockets."""
        await self._page.route_web_socket(re.compile("/ws/"), self._connect)

    async def _connect(self, socket: WebSocketRoute) -> None:
        if not self._up:
            await socket.close()
            return
        socket.connect_to_server()
        self._open.append(socket)

    async def cut(self) -> None:
        self._up = False
        await self._page.context.set_offline(True)
        cut, self._open = self._open, []
        for socket in cut:
            await socket.close()

    async def mend(self) -> None:
        self._up = True
        await self._page.context.set_offline(False)
