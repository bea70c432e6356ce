"""The list of chats: pages of it, search, folders, and changes to many at once."""

from typing import Annotated, Literal

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_request, validate_response

from services.core.errors import BadRequest
from services.web.api.common import MAX_PAGE, before_id, deps, int_id, login_required, user
from services.web.api.common import Page as AnyPage
from services.web.api.folders import FolderName, clean_folder
from services.web.chat.finding import Piece, excerpt, marked, search_expression, search_pattern
from services.web.chat.views import SessionView, session_view
from services.web.storage.session_list import Folder, Place, select_folders, select_sessions
from services.web.storage.session_search import select_found_messages, select_found_sessions, select_matches
from services.web.storage.sessions import StoredSession

blueprint = Blueprint("session_list", __name__, url_prefix="/api/sessions")
MAX_BULK = 500


class SessionsQuery(msgspec.Struct, frozen=True):
    """`q` searches titles and messages; without it archived chats are listed only where `archived` says so. `folder` ''
    asks for chats in no folder."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 100
    before: str | None = None
    q: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    archived: bool | None = None
    pinned: bool | None = None
    folder: FolderName | None = None


class MessageMatch(msgspec.Struct, frozen=True):
    """The newest message that matches."""

    message_id: int
    role: Literal["user", "assistant", "system"]
    excerpt: list[Piece]


class SessionMatch(msgspec.Struct, frozen=True):
    """Where a search matched; `title` is the whole title in pieces."""

    title: list[Piece] | None
    message: MessageMatch | None


class ListedSession(SessionView, frozen=True):
    """`match` is null outside a search."""

    match: SessionMatch | None = None


class BulkBody(msgspec.Struct, frozen=True):
    """`folder` belongs to `move`; '' is none."""

    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MAX_BULK)]
    action: Literal["pin", "unpin", "archive", "unarchive", "move", "delete", "restore"]
    folder: FolderName | None = None


class BulkAnswer(msgspec.Struct, frozen=True):
    """`missing` are ids of no chat of this person (or of one that is not deleted, in a `restore`)."""

    changed: list[str]
    missing: list[str]


@blueprint.get("/")
@tag(["sessions"])
@login_required
@validate_querystring(SessionsQuery)
@validate_response(list[ListedSession])
async def get_sessions(query_args: SessionsQuery) -> list[ListedSession]:
    """The user's chats, pinned ones first, then last used first; or those that a search finds, last used first."""
    folder = None if query_args.folder is None else clean_folder(query_args.folder)
    place = Place(query_args.pinned, query_args.archived, folder)
    if query_args.q is not None and query_args.q.strip():
        return await _found(query_args, query_args.q, place)
    place = msgspec.structs.replace(place, archived=bool(place.archived))
    before = before_id(AnyPage(query_args.limit, query_args.before))
    stored = await select_sessions(deps().people, user().id, place, limit=query_args.limit, before=before)
    return [_listed(one) for one in stored]


async def _found(asked: SessionsQuery, query: str, place: Place) -> list[ListedSession]:
    expression = search_expression(query)
    if expression is None:
        return []
    people, pattern = deps().people, search_pattern(query)
    found = await select_matches(people, user().id, expression)
    ids = found.titles | set(found.messages)
    before = before_id(AnyPage(asked.limit, asked.before))
    stored = await select_found_sessions(people, user().id, list(ids), place, limit=asked.limit, before=before)
    newest = {one.id: found.messages[one.id] for one in stored if one.id in found.messages}
    messages = await select_found_messages(people, list(newest.values()))
    listed = []
    for one in stored:
        title = marked(one.title, pattern) if one.id in found.titles else None
        said = messages.get(newest.get(one.id, 0))
        where = MessageMatch(said.id, said.role, excerpt(said.content, pattern)) if said is not None else None
        listed.append(_listed(one, SessionMatch(title, where)))
    return listed


def _listed(stored: StoredSession, match: SessionMatch | None = None) -> ListedSession:
    return ListedSession(**msgspec.structs.asdict(session_view(stored, deps().runs.base)), match=match)


@blueprint.get("/folders/")
@tag(["sessions"])
@login_required
@validate_response(list[Folder])
async def get_session_folders() -> list[Folder]:
    """The folders that hold chats outside the archive, by name."""
    return await select_folders(deps().people, user().id)


@blueprint.post("/bulk/")
@tag(["sessions"])
@login_required
@validate_request(BulkBody)
@validate_response(BulkAnswer)
async def post_sessions_bulk(data: BulkBody) -> BulkAnswer:
    """Change many chats at once. What is deleted can be restored for ten minutes."""
    ids = [int_id(one, "session") for one in data.ids]
    sessions, user_id = deps().sessions, user().id
    match data.action:
        case "delete":
            changed = await sessions.delete(user_id, ids)
        case "restore":
            changed = await sessions.restore(user_id, ids)
        case "move":
            if data.folder is None:
                raise BadRequest("move needs a folder; '' is none", field="folder")
            changed = await sessions.move(user_id, ids, Place(folder=clean_folder(data.folder)))
        case "pin" | "unpin":
            changed = await sessions.move(user_id, ids, Place(pinned=data.action == "pin"))
        case "archive" | "unarchive":
            changed = await sessions.move(user_id, ids, Place(archived=data.action == "archive"))
    kept = set(changed)
    return BulkAnswer([str(one) for one in changed], [str(one) for one in dict.fromkeys(ids) if one not in kept])
