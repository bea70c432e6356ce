"""What a browser may say on the chat socket. Unknown fields are ignored, unknown types are refused."""

from typing import Annotated

import msgspec

from services.core.errors import BadRequest


class ClientMessage(msgspec.Struct, frozen=True, tag_field="type", tag="message"):
    """A question; with `edit_of` another version of an earlier one. Sent again under the same `client_id` it is stored
    once."""

    content: str
    use_rag: bool | None = None
    edit_of: int | None = None
    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class Regenerate(msgspec.Struct, frozen=True, tag_field="type", tag="regenerate"):
    """Another answer to a question, named by itself or by one of its answers. `use_rag` None: as before."""

    message_id: int
    use_rag: bool | None = None


class Continue(msgspec.Struct, frozen=True, tag_field="type", tag="continue"):
    """A cut answer goes on."""

    message_id: int


class Select(msgspec.Struct, frozen=True, tag_field="type", tag="select"):
    """Show the branch of this message."""

    message_id: int


class Draft(msgspec.Struct, frozen=True, tag_field="type", tag="draft"):
    """What is being typed, so that it can be read ahead; empty when it is gone."""

    content: str
    use_rag: bool | None = None


class Stop(msgspec.Struct, frozen=True, tag_field="type", tag="stop"):
    run_id: str | None = None


class Resume(msgspec.Struct, frozen=True, tag_field="type", tag="resume"):
    run_id: str
    after_seq: Annotated[int, msgspec.Meta(ge=0)]


class Ping(msgspec.Struct, frozen=True, tag_field="type", tag="ping"):
    pass


Incoming = ClientMessage | Regenerate | Continue | Select | Draft | Stop | Resume | Ping
_decoder = msgspec.json.Decoder(Incoming)
_ping_decoder = msgspec.json.Decoder(Ping)


def decode(data: str | bytes) -> Incoming:
    """Raises BadRequest for anything that is not one of the above."""
    try:
        said: Incoming = _decoder.decode(data)
        return said
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise BadRequest(f"the message is malformed: {error}") from None


def decode_ping(data: str | bytes) -> Ping:
    """For a socket that takes nothing else. Raises BadRequest."""
    try:
        return _ping_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise BadRequest(f"the message is malformed: {error}") from None
