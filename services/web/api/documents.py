"""Documents: what is in the inbox, uploads, changes, the trash."""

from typing import Annotated
from urllib.parse import quote

import msgspec
from quart import Blueprint, Quart, Response, request, send_file
from quart.blueprints import BlueprintSetupState
from quart_schema import (
    document_request,
    document_response,
    tag,
    validate_querystring,
    validate_request,
    validate_response,
)

from services.core.errors import BadRequest, Unsupported
from services.web.api.bodies import install_uploads
from services.web.api.common import MAX_PAGE, before_id, deps, int_id, login_required, user
from services.web.api.common import Page as AnyPage
from services.web.api.safety import UPLOAD_PATH
from services.web.api.transfer import IMPORT_PATH
from services.web.api.uploads import Upload
from services.web.library.types import Surroundings
from services.web.storage.documents import Collection, Document, DocumentState

URL = "/api/rag/documents"
blueprint = Blueprint("documents", __name__, url_prefix=URL)

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class DocumentsQuery(msgspec.Struct, frozen=True):
    """`state`, `q` (a part of the path) and `collection` (a folder with those below it) narrow the list."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 100
    before: str | None = None
    state: DocumentState | None = None
    q: str | None = None
    collection: str | None = None


class NewDocument(msgspec.Struct, frozen=True):
    """A text that becomes a file in the user's folder, or in the shared one."""

    title: Title
    content: str
    shared: bool = False


class DocumentChange(msgspec.Struct, frozen=True):
    """What is left out stays as it is."""

    title: Title | None = None
    content: str | None = None


class DocumentDetail(Document, frozen=True):
    """A document and the beginning of what it says."""

    content: str


class ChunkQuery(msgspec.Struct, frozen=True):
    """`start` and `end` (code points) find the passage when the document was read anew and has no such chunk now."""

    chunk: str
    start: Annotated[int, msgspec.Meta(ge=0)] | None = None
    end: Annotated[int, msgspec.Meta(ge=0)] | None = None


@blueprint.record_once
def _allow_uploads(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Quart)
    install_uploads(state.app, f"{URL}/", UPLOAD_PATH, IMPORT_PATH)


@blueprint.get("/")
@tag(["documents"])
@login_required
@validate_querystring(DocumentsQuery)
@validate_response(list[Document])
async def get_documents(query_args: DocumentsQuery) -> list[Document]:
    """The documents that the user may see, newest first."""
    before = before_id(AnyPage(query_args.limit, query_args.before))
    return await deps().library.documents(
        user(),
        limit=query_args.limit,
        before=before,
        state=query_args.state,
        q=query_args.q,
        collection=query_args.collection,
    )


@blueprint.get("/collections/")
@tag(["documents"])
@login_required
@validate_response(list[Collection])
async def get_collections() -> list[Collection]:
    """The folders in which the user's and the shared documents lie, by path."""
    return await deps().library.collections(user())


@blueprint.post("/")
@tag(["documents"])
@login_required
@document_request(NewDocument)
@document_response(Document, 201)
async def post_document() -> Response:
    """A new document: JSON with title and content, or multipart/form-data with one or more files in `file`, and
    optionally `shared` (true) and `path` (a folder)."""
    deps().keeper.disk.refuse_document()
    if request.mimetype == "multipart/form-data":
        documents = await _receive_files()
        return _created(documents[0] if len(documents) == 1 else documents)
    if not request.is_json:
        raise Unsupported("send application/json or multipart/form-data", mimetype=request.mimetype)
    try:
        data = msgspec.json.decode(await request.get_data(), type=NewDocument)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(f"the request is malformed: {error}") from None
    return _created(await deps().library.editing.create(user(), data.title, data.content, shared=data.shared))


def _created(made: Document | list[Document]) -> Response:
    return Response(msgspec.json.encode(made), 201, mimetype="application/json")


async def _receive_files() -> list[Document]:
    editing, limit = deps().library.editing, deps().config.web.max_upload_bytes
    async with Upload(editing.folder(user(), shared=False)) as upload:
        await upload.receive(request, limit)
        shared = upload.fields.get("shared", "").strip().lower() in ("true", "1", "on")
        placed = await upload.place(editing.folder(user(), shared=shared, path=upload.fields.get("path", "")))
    return [await editing.announce(path) for path in placed]


@blueprint.get("/<document_id>/")
@tag(["documents"])
@login_required
@validate_response(DocumentDetail)
async def get_document(document_id: str) -> DocumentDetail:
    """A document and the first 200,000 characters of what it says."""
    number = int_id(document_id, "document")
    document = await deps().library.document(user(), number)
    return DocumentDetail(**msgspec.structs.asdict(document), content=await deps().library.text(user(), number))


@blueprint.put("/<document_id>/")
@tag(["documents"])
@login_required
@validate_request(DocumentChange)
@validate_response(Document)
async def put_document(document_id: str, data: DocumentChange) -> Document:
    """Rename the file, or rewrite a text file."""
    number = int_id(document_id, "document")
    return await deps().library.editing.update(user(), number, data.title, data.content)


@blueprint.delete("/<document_id>/")
@tag(["documents"])
@login_required
async def delete_document(document_id: str) -> tuple[str, int]:
    """Into the trash, from where it can be restored for 30 days."""
    await deps().library.delete(user(), int_id(document_id, "document"))
    return "", 204


@blueprint.post("/<document_id>/restore/")
@tag(["documents"])
@login_required
@validate_response(Document)
async def post_restore(document_id: str) -> Document:
    """Undo a deletion."""
    return await deps().library.editing.restore(user(), int_id(document_id, "document"))


@blueprint.post("/<document_id>/retry/")
@tag(["documents"])
@login_required
@validate_response(Document, 202)
async def post_retry(document_id: str) -> tuple[Document, int]:
    """Have the file read again."""
    return await deps().library.editing.retry(user(), int_id(document_id, "document")), 202


@blueprint.get("/<document_id>/content/")
@tag(["documents"])
@login_required
@validate_querystring(ChunkQuery)
@validate_response(Surroundings)
async def get_content(document_id: str, query_args: ChunkQuery) -> Surroundings:
    """A passage in its surroundings."""
    chunk = int_id(query_args.chunk, "chunk")
    span = None if query_args.start is None else (query_args.start, query_args.end or query_args.start)
    return await deps().library.surroundings(user(), int_id(document_id, "document"), chunk, span)


@blueprint.get("/<document_id>/download/")
@tag(["documents"])
@login_required
async def get_download(document_id: str) -> Response:
    """The file as it lies in the inbox."""
    document, path = await deps().library.file(user(), int_id(document_id, "document"))
    response = await send_file(path, mimetype="application/octet-stream", conditional=True)
    # A name may hold any character of any language: RFC 8187.
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(document.title, safe='')}"
    response.timeout = None
    return response
