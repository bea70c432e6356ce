"""Who you are: a name, no password."""

import unicodedata
from typing import Annotated

import msgspec
from quart import Blueprint, session
from quart_schema import tag, validate_request, validate_response

from services.core.errors import BadRequest
from services.web.api.common import deps, login_required, user
from services.web.storage.users import User, upsert_user, username_key

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth")
MAX_NAME_BYTES = 64
RESERVED = {"shared", ".", ".."}
_FORBIDDEN = set('/\\:*?"<>|')


class Login(msgspec.Struct, frozen=True):
    username: Annotated[str, msgspec.Meta(max_length=200)]


class UserView(msgspec.Struct, frozen=True):
    id: str
    username: str
    created_at: str


def user_view(found: User) -> UserView:
    return UserView(str(found.id), found.username, found.created_at)


def clean_username(text: str) -> str:
    """NFC, trimmed, and safe as the name of an inbox folder. Raises BadRequest saying what is wrong."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise BadRequest("a name is needed", field="username")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise BadRequest(f"the name is too long: at most {MAX_NAME_BYTES} bytes", field="username")
    if username_key(name) in RESERVED or name.startswith((".", "~")) or name.endswith("."):
        raise BadRequest(f"the name {name!r} is reserved; choose another", field="username")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for char in name):
        raise BadRequest("the name has characters that cannot be seen", field="username")
    if not _FORBIDDEN.isdisjoint(name):
        raise BadRequest("the name must not contain any of " + " ".join(sorted(_FORBIDDEN)), field="username")
    return name


@blueprint.post("/login/")
@tag(["auth"])
@validate_request(Login)
@validate_response(UserView)
async def post_login(data: Login) -> UserView:
    """Log in with a name; the user and its inbox folder are made on first sight. Sets the session cookie."""
    found = await upsert_user(deps().people, clean_username(data.username))
    (deps().config.home.inbox / found.username).mkdir(exist_ok=True)
    session.clear()
    session["user_id"] = found.id
    session.permanent = True
    return user_view(found)


@blueprint.post("/logout/")
@tag(["auth"])
async def post_logout() -> tuple[str, int]:
    """Forget the login of this browser."""
    session.clear()
    return "", 204


@blueprint.get("/user/")
@tag(["auth"])
@login_required
@validate_response(UserView)
async def get_user() -> UserView:
    """The logged-in user."""
    return user_view(user())
