"""What every blueprint uses: the parts of the house, the user of this request, paging."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, ParamSpec, TypeVar, cast

import msgspec
from quart import current_app, g, session

from services.core.errors import BadRequest, NotFound, OndolError, Unauthenticated
from services.core.protocol.frames import Stats
from services.web.deps import Deps
from services.web.storage.users import User, select_user

P = ParamSpec("P")
R = TypeVar("R")
MAX_PAGE = 500


class Page(msgspec.Struct, frozen=True):
    """Query of every list: at most `limit` items, those that come before (are older than) the item `before`."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 100
    before: str | None = None


def deps() -> Deps:
    return cast(Deps, current_app.extensions["ondol"])


async def engine_stats(timeout_s: float) -> Stats | None:
    """A look at the engine; None while the model process is away or in a step longer than `timeout_s`."""
    try:
        async with asyncio.timeout(timeout_s):
            return await deps().model.stats()
    except (OndolError, TimeoutError):
        return None


def user() -> User:
    """The logged-in user; only inside `login_required`."""
    return cast(User, g.user)


async def load_user() -> User | None:
    """The user of the session cookie, if it still exists."""
    user_id = session.get("user_id")
    return await select_user(deps().people, user_id) if isinstance(user_id, int) else None


def login_required(handler: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Set `g.user` before the handler. Raises Unauthenticated."""

    @wraps(handler)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        found = await load_user()
        if found is None:
            raise Unauthenticated("log in first: POST /api/auth/login/ with a username")
        g.user = found
        return await handler(*args, **kwargs)

    return wrapper


def int_id(text: str, what: str) -> int:
    """An id from a path. Raises NotFound for anything that cannot be one."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound(f"no {what} {text!r}")
    return int(text)


def before_id(page: Page) -> int | None:
    """`before` of a page as a number. Raises BadRequest."""
    if page.before is None or page.before == "":
        return None
    if not page.before.isascii() or not page.before.isdigit() or len(page.before) > 18:
        raise BadRequest(f"before must be an id, not {page.before!r}", field="before")
    return int(page.before)
