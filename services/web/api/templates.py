"""Prompt templates, and their way in and out as a JSON file."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from quart import Blueprint, Response
from quart_schema import tag, validate_querystring, validate_request, validate_response

from services.core.errors import BadRequest, OndolError
from services.core.protocol.frames import PrefixStatus
from services.web.api.common import Page, before_id, deps, int_id, login_required, user
from services.web.chat.prompt import head
from services.web.chat.settings import defaults
from services.web.storage.templates import (
    Example,
    StoredTemplate,
    TemplateBody,
    Variable,
    delete_template,
    insert_templates,
    select_template,
    select_template_versions,
    select_templates,
    update_template,
)

blueprint = Blueprint("templates", __name__, url_prefix="/api/prompts/templates")
FORMAT = "ondol-templates"
MAX_EXPORT = 10_000
ENGINE_TIMEOUT_S = 0.5
NEARLY_TOKENS = 16
"""So few left to read are no wait."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=100_000)]
VariableName = Annotated[str, msgspec.Meta(pattern=r"^[^{}\s]{1,64}$")]


class TemplateVariable(msgspec.Struct, frozen=True):
    name: VariableName
    default: Text = ""


class TemplateExample(msgspec.Struct, frozen=True):
    user: Text
    assistant: Text


class TemplateInput(msgspec.Struct, frozen=True):
    """`{{name}}` in the system prompt and the examples stands for a variable."""

    name: Name
    description: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    system_prompt: Text = ""
    examples: Annotated[list[TemplateExample], msgspec.Meta(max_length=200)] = []
    variables: Annotated[list[TemplateVariable], msgspec.Meta(max_length=100)] = []

    def body(self) -> TemplateBody:
        return TemplateBody(
            name=self.name.strip() or self.name,
            description=self.description,
            system_prompt=self.system_prompt,
            examples=[Example(one.user, one.assistant) for one in self.examples],
            variables=[Variable(one.name, one.default) for one in self.variables],
        )


class TemplateChange(msgspec.Struct, frozen=True):
    """What is left out stays as it is."""

    name: Name | None = None
    description: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    system_prompt: Text | None = None
    examples: Annotated[list[TemplateExample], msgspec.Meta(max_length=200)] | None = None
    variables: Annotated[list[TemplateVariable], msgspec.Meta(max_length=100)] | None = None


class TemplateEngine(msgspec.Struct, frozen=True):
    """What a new chat with this template costs: `prefix_tokens` are read before the question in about `cold_s` seconds,
    unless they are `warm`: `cached_tokens` of them are kept from earlier chats."""

    warm: bool
    prefix_tokens: int
    cached_tokens: int
    cold_s: float


class TemplateView(msgspec.Struct, frozen=True):
    id: str
    name: str
    description: str
    system_prompt: str
    examples: list[Example]
    variables: list[Variable]
    created_at: str
    updated_at: str
    engine: TemplateEngine | None = None
    """Null while the model is away or busy, and in answers to changes."""


class TemplateVersionView(msgspec.Struct, frozen=True):
    """What a template said from `saved_at` on, until it was changed. To go back, PUT it again."""

    id: str
    saved_at: str
    name: str
    description: str
    system_prompt: str
    examples: list[Example]
    variables: list[Variable]


class TemplateFile(msgspec.Struct, frozen=True):
    """The exchange file."""

    format: Literal["ondol-templates"]
    version: Literal[1]
    templates: Annotated[list[TemplateInput], msgspec.Meta(max_length=MAX_EXPORT)]


class Skipped(msgspec.Struct, frozen=True):
    name: str
    reason: str


class Imported(msgspec.Struct, frozen=True):
    imported: list[TemplateView]
    skipped: list[Skipped]


class ExportQuery(msgspec.Struct, frozen=True):
    """Comma-separated ids; all templates where it is left out."""

    ids: str | None = None


def _template_engine(status: PrefixStatus | None) -> TemplateEngine | None:
    if status is None:
        return None
    warm = status.tokens - status.cached < NEARLY_TOKENS
    return TemplateEngine(warm, status.tokens, status.cached, status.cold_s)


async def _views(stored: Sequence[StoredTemplate]) -> list[TemplateView]:
    """Templates with what they cost in the engine, asked in one go."""
    base = defaults(deps().config.chat)
    try:
        async with asyncio.timeout(ENGINE_TIMEOUT_S):
            statuses = await deps().model.check_prefixes([tuple(head(base, one.body)) for one in stored])
    except (OndolError, TimeoutError):
        statuses = (None,) * len(stored)
    return [template_view(one, _template_engine(status)) for one, status in zip(stored, statuses, strict=True)]


def template_view(stored: StoredTemplate, engine: TemplateEngine | None = None) -> TemplateView:
    return TemplateView(
        id=str(stored.id),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        engine=engine,
        **{name: getattr(stored.body, name) for name in TemplateBody.__struct_fields__},
    )


@blueprint.get("/")
@tag(["templates"])
@login_required
@validate_querystring(Page)
@validate_response(list[TemplateView])
async def get_templates(query_args: Page) -> list[TemplateView]:
    """The user's templates, newest first."""
    stored = await select_templates(deps().people, user().id, limit=query_args.limit, before=before_id(query_args))
    return await _views(stored)


@blueprint.post("/")
@tag(["templates"])
@login_required
@validate_request(TemplateInput)
@validate_response(TemplateView, 201)
async def post_template(data: TemplateInput) -> tuple[TemplateView, int]:
    """A new template."""
    (stored,) = await insert_templates(deps().people, user().id, [data.body()])
    return template_view(stored), 201


@blueprint.get("/export/")
@tag(["templates"])
@login_required
@validate_querystring(ExportQuery)
async def get_templates_export(query_args: ExportQuery) -> Response:
    """A JSON file of templates, to keep or to give away."""
    stored = await select_templates(deps().people, user().id, limit=MAX_EXPORT, before=None)
    if query_args.ids:
        chosen = {int_id(part.strip(), "template") for part in query_args.ids.split(",")}
        stored = [one for one in stored if one.id in chosen]
    file = {"format": FORMAT, "version": 1, "templates": [one.body for one in reversed(stored)]}
    return Response(
        msgspec.json.format(msgspec.json.encode(file), indent=2),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="ondol-templates.json"'},
    )


@blueprint.post("/import/")
@tag(["templates"])
@login_required
@validate_request(TemplateFile)
@validate_response(Imported, 201)
async def post_templates_import(data: TemplateFile) -> tuple[Imported, int]:
    """Take in an exported file. A template that is there already, word for word, is skipped."""
    known = {
        msgspec.json.encode(one.body)
        for one in await select_templates(deps().people, user().id, limit=MAX_EXPORT, before=None)
    }
    fresh: list[TemplateBody] = []
    skipped: list[Skipped] = []
    for one in data.templates:
        body = one.body()
        key = msgspec.json.encode(body)
        if key in known:
            skipped.append(Skipped(body.name, "already there"))
        else:
            known.add(key)
            fresh.append(body)
    stored = await insert_templates(deps().people, user().id, fresh)
    return Imported([template_view(one) for one in stored], skipped), 201


@blueprint.get("/<template_id>/")
@tag(["templates"])
@login_required
@validate_response(TemplateView)
async def get_template(template_id: str) -> TemplateView:
    """One template."""
    stored = await select_template(deps().people, user().id, int_id(template_id, "template"))
    return (await _views([stored]))[0]


@blueprint.put("/<template_id>/")
@tag(["templates"])
@login_required
@validate_request(TemplateChange)
@validate_response(TemplateView)
async def put_template(template_id: str, data: TemplateChange) -> TemplateView:
    """Change a template."""
    number = int_id(template_id, "template")
    current = await select_template(deps().people, user().id, number)
    changes = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not None}
    if not changes:
        raise BadRequest("nothing to change")
    merged = msgspec.convert({**msgspec.to_builtins(current.body), **msgspec.to_builtins(changes)}, TemplateInput)
    return template_view(await update_template(deps().people, user().id, number, merged.body()))


@blueprint.get("/<template_id>/versions/")
@tag(["templates"])
@login_required
@validate_response(list[TemplateVersionView])
async def get_template_versions(template_id: str) -> list[TemplateVersionView]:
    """What the template said before, newest first; without what it says now."""
    versions = await select_template_versions(deps().people, user().id, int_id(template_id, "template"))
    return [
        TemplateVersionView(
            id=str(one.id),
            saved_at=one.saved_at,
            **{name: getattr(one.body, name) for name in TemplateBody.__struct_fields__},
        )
        for one in versions
    ]


@blueprint.delete("/<template_id>/")
@tag(["templates"])
@login_required
async def delete_template_(template_id: str) -> tuple[str, int]:
    """Delete a template; chats that use it go on without."""
    await delete_template(deps().people, user().id, int_id(template_id, "template"))
    return "", 204
