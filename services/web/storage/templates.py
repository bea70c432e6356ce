"""Prompt templates: a system prompt, few-shot examples, variables."""

from collections.abc import Sequence

import msgspec

from services.core.errors import NotFound
from services.web.storage.database import Database, Reader, Row, Transaction
from services.web.storage.values import now


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user: str
    assistant: str


class Variable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`{{name}}` in the texts is replaced by the chat's value or `default`."""

    name: str
    default: str = ""


class TemplateBody(msgspec.Struct, frozen=True):
    """What a template says, without its identity."""

    name: str
    description: str = ""
    system_prompt: str = ""
    examples: list[Example] = []
    variables: list[Variable] = []


class StoredTemplate(msgspec.Struct, frozen=True):
    id: int
    body: TemplateBody
    created_at: str
    updated_at: str


class TemplateVersion(msgspec.Struct, frozen=True):
    """What a template said from `saved_at` on, until it was changed."""

    id: int
    body: TemplateBody
    saved_at: str


VERSIONS_KEPT = 50
_COLUMNS = "id, name, description, system_prompt, examples, variables, created_at, updated_at"


def _template(row: Row) -> StoredTemplate:
    return StoredTemplate(
        id=row["id"],
        body=_body(row),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _body(row: Row) -> TemplateBody:
    return TemplateBody(
        name=row["name"],
        description=row["description"],
        system_prompt=row["system_prompt"],
        examples=msgspec.json.decode(row["examples"], type=list[Example]),
        variables=msgspec.json.decode(row["variables"], type=list[Variable]),
    )


def _values(body: TemplateBody) -> tuple[str, str, str, str, str]:
    return (
        body.name,
        body.description,
        body.system_prompt,
        msgspec.json.encode(body.examples).decode(),
        msgspec.json.encode(body.variables).decode(),
    )


async def select_templates(db: Reader, user_id: int, *, limit: int, before: int | None) -> list[StoredTemplate]:
    """Newest first."""
    rows = await db.all(
        f"SELECT {_COLUMNS} FROM prompt_templates WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        (user_id, before if before is not None else 2**62, limit),
    )
    return [_template(row) for row in rows]


async def select_template(db: Reader, user_id: int, template_id: int) -> StoredTemplate:
    """Raises NotFound, also for somebody else's template."""
    row = await db.one(f"SELECT {_COLUMNS} FROM prompt_templates WHERE id = ? AND user_id = ?", (template_id, user_id))
    if row is None:
        raise NotFound(f"no template {template_id}")
    return _template(row)


async def insert_templates(db: Database, user_id: int, bodies: Sequence[TemplateBody]) -> list[StoredTemplate]:
    """All or none."""
    moment = now()
    async with db.write() as tx:
        ids = [
            await tx.insert(
                "INSERT INTO prompt_templates (user_id, name, description, system_prompt, examples, variables,"
                " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (user_id, *_values(body), moment, moment),
            )
            for body in bodies
        ]
        return [await select_template(tx, user_id, template_id) for template_id in ids]


async def update_template(db: Database, user_id: int, template_id: int, body: TemplateBody) -> StoredTemplate:
    """What it said before is kept as a version, the oldest beyond VERSIONS_KEPT go. Raises NotFound."""
    async with db.write() as tx:
        former = await select_template(tx, user_id, template_id)
        if former.body != body:
            await _insert_version(tx, former)
        await tx.run(
            "UPDATE prompt_templates SET name = ?, description = ?, system_prompt = ?, examples = ?, variables = ?,"
            " updated_at = ? WHERE id = ? AND user_id = ?",
            (*_values(body), now(), template_id, user_id),
        )
        return await select_template(tx, user_id, template_id)


async def _insert_version(tx: Transaction, former: StoredTemplate) -> None:
    await tx.insert(
        "INSERT INTO template_versions (template_id, name, description, system_prompt, examples, variables, saved_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (former.id, *_values(former.body), former.updated_at),
    )
    await tx.run(
        "DELETE FROM template_versions WHERE template_id = ?1 AND id <="
        " (SELECT id FROM template_versions WHERE template_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        (former.id, VERSIONS_KEPT),
    )


async def select_template_versions(db: Reader, user_id: int, template_id: int) -> list[TemplateVersion]:
    """Newest first, without what it says now. Raises NotFound, also for somebody else's template."""
    await select_template(db, user_id, template_id)
    rows = await db.all("SELECT * FROM template_versions WHERE template_id = ? ORDER BY id DESC", (template_id,))
    return [TemplateVersion(row["id"], _body(row), row["saved_at"]) for row in rows]


async def delete_template(db: Database, user_id: int, template_id: int) -> None:
    """Raises NotFound."""
    async with db.write() as tx:
        if not await tx.run("DELETE FROM prompt_templates WHERE id = ? AND user_id = ?", (template_id, user_id)):
            raise NotFound(f"no template {template_id}")
