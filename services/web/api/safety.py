"""How safe people's data are: the disk, the last backup, what happened; and backups themselves, for the owner."""

import asyncio

import msgspec
from quart import Blueprint, Response, request, send_file
from quart_schema import tag, validate_request, validate_response

from services.core.errors import BadRequest
from services.web.api.common import deps, login_required, user
from services.web.api.uploads import Upload
from services.web.safety.disk import DiskState
from services.web.safety.keeper import Staged
from services.web.safety.notices import Notice
from services.web.safety.writes import Writes

blueprint = Blueprint("safety", __name__, url_prefix="/api/safety")
UPLOAD_PATH = "/api/safety/restore/upload/"


class BackupView(msgspec.Struct, frozen=True):
    name: str
    made_at: str
    size_bytes: int


class Safety(msgspec.Struct, frozen=True):
    """`writes` is whether the disk takes what is written, `backup_age_s` of the last good one, None where there is none
    of a known age; `backup_error` and its code say why the last try failed or the next one would; `owner`: whether you
    may handle backups here, and then `backups` (newest first) and `staged` are filled."""

    disk: DiskState
    writes: Writes
    notices: list[Notice]
    backup_age_s: float | None
    backup_running: bool
    backup_error: str | None
    backup_error_code: str | None
    nightly: bool
    owner: bool
    backups: list[BackupView]
    staged: Staged | None


class Restore(msgspec.Struct, frozen=True):
    """`id` of what was staged."""

    id: str


@blueprint.get("/")
@tag(["safety"])
@login_required
@validate_response(Safety)
async def get_safety() -> Safety:
    """The disk, backups, and what happened to the data."""
    keeper, rules = deps().keeper, deps().config.backup
    owner = rules.in_browser and await keeper.is_owner(user())
    backups = await asyncio.to_thread(keeper.backups.vault.backups)
    error = await asyncio.to_thread(keeper.backups.trouble)
    return Safety(
        disk=keeper.disk.state,
        writes=keeper.writes.state,
        notices=await asyncio.to_thread(keeper.notices.all),
        backup_age_s=await asyncio.to_thread(keeper.backups.age_s),
        backup_running=keeper.backups.running,
        backup_error=error.message if error else None,
        backup_error_code=error.code if error else None,
        nightly=rules.nightly,
        owner=owner,
        backups=[BackupView(one.name, one.made_at.isoformat(), one.size) for one in backups] if owner else [],
        staged=keeper.staged if owner else None,
    )


@blueprint.post("/backups/")
@tag(["safety"])
@login_required
async def post_backup() -> tuple[str, int]:
    """Make one now; the answer comes at once, the backup when it is done."""
    await deps().keeper.check_owner(user())
    deps().keeper.backups.begin()
    return "", 202


@blueprint.get("/backups/<name>/download/")
@tag(["safety"])
@login_required
async def get_backup(name: str) -> Response:
    """The file."""
    await deps().keeper.check_owner(user())
    response = await send_file(
        deps().keeper.backups.vault.path(name),
        mimetype="application/zip",
        as_attachment=True,
        attachment_filename=name,
        conditional=True,
    )
    response.timeout = None
    return response


@blueprint.post("/backups/<name>/stage/")
@tag(["safety"])
@login_required
@validate_response(Staged)
async def post_stage(name: str) -> Staged:
    """Verify one of the box's own, ready to be restored."""
    await deps().keeper.check_owner(user())
    return await deps().keeper.stage(deps().keeper.backups.vault.path(name))


@blueprint.post("/restore/upload/")
@tag(["safety"])
@login_required
@validate_response(Staged)
async def post_upload() -> Staged:
    """A backup file (multipart/form-data, `file`), verified, ready to be restored."""
    await deps().keeper.check_owner(user())
    if request.mimetype != "multipart/form-data":
        raise BadRequest("send the backup as multipart/form-data, in the field file", field="file")
    folder = deps().config.home.restore_upload
    limit = max(0, deps().keeper.disk.look().free_bytes - deps().config.disk.low_bytes)
    async with Upload(folder) as upload:
        await upload.receive(request, limit)
        (path, *_) = await upload.place(folder)
        try:
            return await deps().keeper.stage(path)
        finally:
            await asyncio.to_thread(path.unlink)


@blueprint.post("/restore/")
@tag(["safety"])
@login_required
@validate_request(Restore)
async def post_restore(data: Restore) -> tuple[str, int]:
    """Put what was staged in the place of everything, and restart; what is there now is kept aside."""
    await deps().keeper.check_owner(user())
    await deps().keeper.restore(data.id)
    return "", 202


@blueprint.delete("/restore/")
@tag(["safety"])
@login_required
async def delete_restore() -> tuple[str, int]:
    """Leave everything as it is."""
    await deps().keeper.check_owner(user())
    await deps().keeper.discard()
    return "", 204
