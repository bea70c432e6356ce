"""A person's own account: name, how the pages look, all data out, all data gone."""

import unicodedata
from typing import Annotated, Literal

import msgspec
from quart import Blueprint, Response, session
from quart_schema import tag, validate_request, validate_response

from services.core.errors import BadRequest
from services.web.accounts.leaving import Leaving, export_account
from services.web.api.common import deps, login_required, user
from services.web.api.transfer import attachment
from services.web.storage.accounts import Account, select_account, update_account
from services.web.storage.users import username_key

blueprint = Blueprint("account", __name__, url_prefix="/api/account")


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the pages look on every device; null leaves it to the device."""

    language: Literal["ko", "en"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    text_size: Literal["small", "normal", "large", "larger"] | None = None


class AccountView(msgspec.Struct, frozen=True):
    """`display_name` is what the pages call somebody; the username stays the login and the name of the folder."""

    username: str
    display_name: str
    preferences: Preferences


class AccountChange(msgspec.Struct, frozen=True):
    """What is left out stays as it is; an empty `display_name` goes back to the username."""

    display_name: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    preferences: Preferences | None = None


class Goodbye(msgspec.Struct, frozen=True):
    """`username` must be typed as it is."""

    username: str


def account_view(account: Account) -> AccountView:
    preferences = msgspec.convert(account.preferences, Preferences)
    return AccountView(user().username, account.display_name or user().username, preferences)


@blueprint.get("/")
@tag(["account"])
@login_required
@validate_response(AccountView)
async def get_account() -> AccountView:
    """What the person has set."""
    return account_view(await select_account(deps().people, user().id))


@blueprint.put("/")
@tag(["account"])
@login_required
@validate_request(AccountChange)
@validate_response(AccountView)
async def put_account(data: AccountChange) -> AccountView:
    """Change the name that is shown, or how the pages look."""
    async with deps().people.write() as tx:
        account = await select_account(tx, user().id)
        if data.display_name is not None:
            account = msgspec.structs.replace(account, display_name=_clean_name(data.display_name))
        if data.preferences is not None:
            account = msgspec.structs.replace(account, preferences=msgspec.to_builtins(data.preferences))
        await update_account(tx, user().id, account)
    return account_view(account)


def _clean_name(text: str) -> str | None:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Cn"} for char in name):
        raise BadRequest("the name has characters that cannot be seen", field="display_name")
    return name or None


@blueprint.get("/export/")
@tag(["account"])
@login_required
async def get_account_export() -> Response:
    """Everything of the person as a zip: chats, templates, settings, the list of documents and the own files."""
    parts = deps()
    data = export_account(parts.people, parts.library, parts.config.home, user())
    response = Response(data, mimetype="application/zip", headers=attachment(f"ondol-{user().username}.zip"))
    response.timeout = None
    return response


@blueprint.delete("/")
@tag(["account"])
@login_required
@validate_request(Goodbye)
async def delete_account(data: Goodbye) -> tuple[str, int]:
    """Delete the account with everything in it, at once and for good. Backups made before still hold it."""
    if username_key(data.username.strip()) != username_key(user().username):
        raise BadRequest("type your own name to delete your account", field="username")
    parts = deps()
    await Leaving(parts.people, parts.library, parts.runs, parts.sessions, parts.config.home).delete(user())
    session.clear()
    return "", 204
