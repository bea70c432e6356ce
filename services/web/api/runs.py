"""One run: how far an answer is, for who cannot or need not hold a socket open."""

from typing import Any

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_response

from services.core.errors import NotFound
from services.web.api.common import deps, login_required, user
from services.web.chat.live import LiveRun
from services.web.storage.messages import StoredMessage, select_message
from services.web.storage.runs import StoredRun, select_journal, select_user_run

blueprint = Blueprint("runs", __name__, url_prefix="/api/runs")


class RunView(msgspec.Struct, frozen=True):
    """`content` is what was said up to `seq`. `attempts` counts starts: more than one when the answer was cut off by a
    fault and went on. `finish_reason` is stop, length or stopped; `error` says why it failed."""

    id: str
    session_id: str
    message_id: int
    status: str
    seq: int
    content: str
    attempts: int
    finish_reason: str | None
    usage: dict[str, Any] | None
    timings: dict[str, Any] | None
    error: dict[str, Any] | None


@blueprint.get("/<run_id>/")
@tag(["sessions"])
@login_required
@validate_response(RunView)
async def get_run(run_id: str) -> RunView:
    """An answer of one's own, also while it is being made."""
    stored = await select_user_run(deps().people, run_id, user().id)
    message = await select_message(deps().people, stored.message_id) if stored else None
    if stored is None or message is None:
        raise NotFound(f"no run {run_id}", run_id=run_id)
    for live in deps().runs.live(stored.session_id):
        if live.stored.id == run_id:
            return _view(stored, live, message)
    return _view(stored, LiveRun.from_journal(stored, await select_journal(deps().people, run_id)), message)


def _view(stored: StoredRun, run: LiveRun, message: StoredMessage) -> RunView:
    return RunView(
        id=stored.id,
        session_id=str(stored.session_id),
        message_id=stored.message_id,
        status=stored.status,
        seq=run.seq,
        content=run.content,
        attempts=run.starts,
        finish_reason=stored.finish_reason,
        usage=message.usage,
        timings=message.timings,
        error=message.error,
    )
