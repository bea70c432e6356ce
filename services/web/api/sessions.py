"""Chats and what was said in them."""

from typing import Annotated, Any

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_request, validate_response

from services.web.api.common import Page, before_id, deps, int_id, login_required, user
from services.web.chat.events import SessionUpdated, session_topic
from services.web.chat.settings import merge
from services.web.chat.views import MessageView, SessionView, session_view
from services.web.storage.messages import select_messages
from services.web.storage.sessions import (
    delete_session,
    insert_session,
    select_session,
    select_sessions,
    update_session,
)
from services.web.storage.templates import select_template

blueprint = Blueprint("sessions", __name__, url_prefix="/api/sessions")


class SessionBody(msgspec.Struct, frozen=True):
    """`settings` are merged key by key; a key set to null goes back to its default."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=300)] | None = None
    settings: dict[str, Any] | None = None


async def _check_template(changes: dict[str, Any] | None) -> None:
    """Raises NotFound when the settings name a template that is not this user's."""
    template_id = (changes or {}).get("template_id")
    if isinstance(template_id, str):
        await select_template(deps().people, user().id, int_id(template_id, "template"))


@blueprint.get("/")
@tag(["sessions"])
@login_required
@validate_querystring(Page)
@validate_response(list[SessionView])
async def get_sessions(query_args: Page) -> list[SessionView]:
    """The user's chats, last used first."""
    stored = await select_sessions(deps().people, user().id, limit=query_args.limit, before=before_id(query_args))
    return [session_view(one, deps().runs.base) for one in stored]


@blueprint.post("/")
@tag(["sessions"])
@login_required
@validate_request(SessionBody)
@validate_response(SessionView, 201)
async def post_session(data: SessionBody) -> tuple[SessionView, int]:
    """A new chat."""
    base = deps().runs.base
    overrides = merge({}, data.settings or {}, base)
    await _check_template(data.settings)
    stored = await insert_session(deps().people, user().id, data.title, overrides)
    return session_view(stored, base), 201


@blueprint.get("/<session_id>/")
@tag(["sessions"])
@login_required
@validate_response(SessionView)
async def get_session(session_id: str) -> SessionView:
    """One chat with its settings."""
    stored = await select_session(deps().people, user().id, int_id(session_id, "session"))
    return session_view(stored, deps().runs.base)


@blueprint.put("/<session_id>/")
@tag(["sessions"])
@login_required
@validate_request(SessionBody)
@validate_response(SessionView)
async def put_session(session_id: str, data: SessionBody) -> SessionView:
    """Rename a chat or change its settings."""
    number = int_id(session_id, "session")
    base = deps().runs.base
    await _check_template(data.settings)
    async with deps().people.write() as tx:
        current = await select_session(tx, user().id, number)
        overrides = None if data.settings is None else merge(current.overrides, data.settings, base)
        stored = await update_session(tx, user().id, number, title=data.title, overrides=overrides)
    view = session_view(stored, base)
    deps().events.publish(session_topic(number), SessionUpdated(view))
    return view


@blueprint.delete("/<session_id>/")
@tag(["sessions"])
@login_required
async def delete_session_(session_id: str) -> tuple[str, int]:
    """Delete a chat with everything said in it; an answer being made is stopped."""
    number = int_id(session_id, "session")
    await select_session(deps().people, user().id, number)
    await deps().runs.stop(number, None)
    await delete_session(deps().people, user().id, number)
    return "", 204


@blueprint.get("/<session_id>/messages/")
@tag(["sessions"])
@login_required
@validate_querystring(Page)
@validate_response(list[MessageView])
async def get_messages(session_id: str, query_args: Page) -> list[MessageView]:
    """Messages oldest first; `before` pages back. An answer being made has its content so far."""
    number = int_id(session_id, "session")
    await select_session(deps().people, user().id, number)
    stored = await select_messages(deps().people, number, limit=query_args.limit, before=before_id(query_args))
    said = {run.stored.message_id: run.content for run in deps().runs.live(number)}
    return await deps().citations.views(user().username, stored, said)
