"""Trying a template before it is saved."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from quart import Blueprint, Response
from quart_schema import tag, validate_request

from services.core.errors import TooLarge
from services.web.api.common import deps, login_required, user
from services.web.api.templates import TemplateInput
from services.web.chat.settings import defaults
from services.web.chat.trying import TrialEvent, answer, prompt

blueprint = Blueprint("trials", __name__, url_prefix="/api/prompts/try")
MAX_TOKENS = 512
_encoder = msgspec.json.Encoder()


class Trial(msgspec.Struct, frozen=True):
    """A template as it stands in an editor, values for its variables, and a question."""

    template: TemplateInput
    content: Annotated[str, msgspec.Meta(min_length=1)]
    variables: dict[str, str] = {}


@blueprint.post("/")
@tag(["templates"])
@login_required
@validate_request(Trial)
async def post_trial(data: Trial) -> Response:
    """Answer a question with the template and keep nothing: JSON lines `queued`, `prompt_progress`, `stream_token`,
    then `stream_end` or `error`. Closing the connection stops the answer."""
    chat, model = deps().config.chat, deps().model
    if len(data.content) > chat.max_message_chars:
        raise TooLarge("the question is too long", limit=chat.max_message_chars)
    if not model.ready:
        raise model.unavailable()
    base = defaults(chat)
    settings = msgspec.structs.replace(base, max_tokens=min(base.max_tokens, MAX_TOKENS))
    messages = prompt(settings, data.template.body(), data.variables, data.content)
    response = Response(_lines(answer(model, user().username, settings, messages)), mimetype="application/x-ndjson")
    response.timeout = None
    return response


async def _lines(events: AsyncIterator[TrialEvent]) -> AsyncIterator[bytes]:
    async for event in events:
        yield _encoder.encode(event) + b"\n"
