"""Chats and what was said in them."""

from typing import Annotated, Any

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_request, validate_response

from services.core.errors import NotFound
from services.web.api.common import Page, before_id, deps, int_id, login_required, user
from services.web.api.folders import FolderName, clean_folder
from services.web.chat.settings import merge
from services.web.chat.views import MessageView, SessionView, session_view
from services.web.storage.messages import select_messages
from services.web.storage.session_list import Place, update_places
from services.web.storage.sessions import (
    insert_session,
    select_session,
    update_session,
)
from services.web.storage.templates import select_template

blueprint = Blueprint("sessions", __name__, url_prefix="/api/sessions")


class NewSession(msgspec.Struct, frozen=True):
    """`settings` are merged key by key; a key set to null goes back to its default."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=300)] | None = None
    settings: dict[str, Any] | None = None
    folder: FolderName = ""


class SessionChange(msgspec.Struct, frozen=True):
    """What is left out stays as it is. `settings` are merged as in a new chat; `folder` '' is none."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=300)] | None = None
    settings: dict[str, Any] | None = None
    pinned: bool | None = None
    archived: bool | None = None
    folder: FolderName | None = None

    @property
    def place(self) -> Place:
        folder = None if self.folder is None else clean_folder(self.folder)
        return Place(self.pinned, self.archived, folder)


async def _check_template(changes: dict[str, Any] | None) -> None:
    """Raises NotFound when the settings name a template that is not this user's."""
    template_id = (changes or {}).get("template_id")
    if isinstance(template_id, str):
        await select_template(deps().people, user().id, int_id(template_id, "template"))


@blueprint.post("/")
@tag(["sessions"])
@login_required
@validate_request(NewSession)
@validate_response(SessionView, 201)
async def post_session(data: NewSession) -> tuple[SessionView, int]:
    """A new chat."""
    base = deps().runs.base
    overrides = merge({}, data.settings or {}, base)
    await _check_template(data.settings)
    stored = await insert_session(deps().people, user().id, data.title, overrides, clean_folder(data.folder))
    await deps().sessions.tell(user().id, [stored.id])
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
@validate_request(SessionChange)
@validate_response(SessionView)
async def put_session(session_id: str, data: SessionChange) -> SessionView:
    """Rename a chat, change its settings, pin it, archive it, or put it into a folder."""
    number = int_id(session_id, "session")
    base = deps().runs.base
    await _check_template(data.settings)
    async with deps().people.write() as tx:
        current = await select_session(tx, user().id, number)
        overrides = None if data.settings is None else merge(current.overrides, data.settings, base)
        await update_session(tx, user().id, number, title=data.title, overrides=overrides)
        await update_places(tx, user().id, [number], data.place)
        stored = await select_session(tx, user().id, number)
    await deps().sessions.tell(user().id, [number])
    return session_view(stored, base)


@blueprint.delete("/<session_id>/")
@tag(["sessions"])
@login_required
async def delete_session_(session_id: str) -> tuple[str, int]:
    """Delete a chat with everything said in it; an answer being made is stopped. It can be restored for ten minutes."""
    number = int_id(session_id, "session")
    if not await deps().sessions.delete(user().id, [number]):
        raise NotFound(f"no session {number}")
    return "", 204


@blueprint.post("/<session_id>/restore/")
@tag(["sessions"])
@login_required
@validate_response(SessionView)
async def post_session_restore(session_id: str) -> SessionView:
    """Undo a deletion."""
    number = int_id(session_id, "session")
    if not await deps().sessions.restore(user().id, [number]):
        raise NotFound(f"session {number} is not among the deleted ones")
    return session_view(await select_session(deps().people, user().id, number), deps().runs.base)


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
