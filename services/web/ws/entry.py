"""Who may open a socket: the same rules for all of them."""

from quart import websocket

from services.core.errors import Forbidden, Unauthenticated
from services.web.api.common import deps, load_user
from services.web.security import check_origin, host_is_home
from services.web.storage.users import User


async def admitted() -> User:
    """The user of a socket that asks in. Raises Forbidden for foreign hosts and origins, Unauthenticated; all before
    the handshake is accepted."""
    config = deps().config.web
    host = websocket.headers.get("Host", "")
    if not host_is_home(host, config.allowed_hosts):
        raise Forbidden(f"{host} is not a name of this box; add it to web.allowed_hosts if it is")
    check_origin(websocket.headers.get("Origin"), host, config.allowed_origins)
    user = await load_user()
    if user is None:
        raise Unauthenticated("log in first: POST /api/auth/login/ with a username")
    return user
