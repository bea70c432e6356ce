"""Chats in and out as files."""

from typing import Literal
from urllib.parse import quote

import msgspec
from quart import Blueprint, Response, request
from quart_schema import document_response, tag, validate_querystring, validate_response

from services.core.errors import BadRequest
from services.web.api.common import deps, int_id, login_required, user
from services.web.api.uploads import Upload
from services.web.chat.transfer.markdown import chat_markdown
from services.web.chat.transfer.moving import Imported, export_chats, import_chats
from services.web.storage.messages import select_messages
from services.web.storage.sessions import select_session

blueprint = Blueprint("transfer", __name__, url_prefix="/api/sessions")
IMPORT_PATH = "/api/sessions/import/"
EXPORT_MESSAGES = 1_000_000


class ExportQuery(msgspec.Struct, frozen=True):
    format: Literal["json", "markdown"] = "json"


def attachment(name: str) -> dict[str, str]:
    """The header that has a browser save under this name."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


@blueprint.get("/export/")
@tag(["sessions"])
@login_required
async def get_sessions_export() -> Response:
    """All chats of the user with all their versions, as one JSON file that the import takes."""
    chats = export_chats(deps().people, user().id)
    response = Response(chats, mimetype="application/json", headers=attachment("ondol-chats.json"))
    response.timeout = None  # as long as it takes
    return response


@blueprint.get("/<session_id>/export/")
@tag(["sessions"])
@login_required
@validate_querystring(ExportQuery)
async def get_session_export(session_id: str, query_args: ExportQuery) -> Response:
    """One chat: JSON with all its versions, or Markdown of the branch that is shown."""
    number = int_id(session_id, "session")
    session = await select_session(deps().people, user().id, number)
    name = "".join("_" if char in '/\\:*?"<>|' else char for char in session.title)[:80].strip(" .") or "chat"
    if query_args.format == "json":
        chats = export_chats(deps().people, user().id, [number])
        return Response(chats, mimetype="application/json", headers=attachment(f"{name}.json"))
    messages = await select_messages(deps().people, number, limit=EXPORT_MESSAGES, before=None)
    text = chat_markdown(session, messages, user().username)
    return Response(text, mimetype="text/markdown", headers=attachment(f"{name}.md"))


@blueprint.post("/import/")
@tag(["sessions"])
@login_required
@document_response(Imported, 201)
@validate_response(Imported, 201)
async def post_sessions_import() -> tuple[Imported, int]:
    """Multipart field `file`: Ondol's own JSON, ChatGPT's conversations.json or Open WebUI's export, or a zip with one
    of the first two. Each chat comes in whole or not at all; one that is here already is skipped."""
    if request.mimetype != "multipart/form-data":
        raise BadRequest("send the file as the field `file` of multipart/form-data", field="file")
    async with Upload(deps().config.home.imports) as upload:
        await upload.receive(request, deps().config.web.max_upload_bytes)
        file = upload.only_file()
        made = await import_chats(deps().people, user().id, deps().runs.base, file)
    if made.imported:
        deps().sessions.tell_much(user().id)
    return made, 201
