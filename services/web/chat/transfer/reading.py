"""Which format a chat is in, and the chats of a file. `chats_of` blocks: call from a thread."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from services.core.errors import BadRequest
from services.web.chat.transfer.chatgpt import read_chatgpt
from services.web.chat.transfer.format import ChatFile, Unreadable, checked
from services.web.chat.transfer.openwebui import read_openwebui
from services.web.chat.transfer.splitting import Splitter

MAX_CHAT_BYTES = 50_000_000
MAX_FILE_BYTES = 4_000_000_000
READ_BYTES = 256 * 1024
NAMES = ("chats.json", "conversations.json")


class _Shape(msgspec.Struct, frozen=True):
    mapping: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    chat: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    title: object = None


class Refused(msgspec.Struct, frozen=True):
    """A chat that was not taken in: malformed, empty, too_large, already_there."""

    title: str
    reason: str
    detail: str = ""


_shape = msgspec.json.Decoder(_Shape)
_own = msgspec.json.Decoder(ChatFile)


def read_chat(data: bytes) -> ChatFile | Refused:
    """One chat of any known format."""
    title = ""
    try:
        shape = _shape.decode(data)
        title = shape.title if isinstance(shape.title, str) else ""
        if shape.mapping is not msgspec.UNSET:
            return checked(read_chatgpt(data))
        if shape.chat is not msgspec.UNSET:
            return checked(read_openwebui(data))
        return checked(_own.decode(data))
    except Unreadable as error:
        return Refused(title, error.code, str(error))
    except (msgspec.MsgspecError, RecursionError) as error:
        return Refused(title, "malformed", str(error))


def chats_of(path: Path) -> Iterator[ChatFile | Refused]:
    """The chats of a JSON file, or of the one in a zip. Raises BadRequest for a file that has none."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield from _chats_in(file)
        return
    try:
        with zipfile.ZipFile(path) as packed:
            name = next((name for name in packed.namelist() if name.rpartition("/")[2] in NAMES), None)
            if name is None:
                raise BadRequest(f"the zip holds none of {', '.join(NAMES)}", field="file")
            with packed.open(name) as file:
                yield from _chats_in(file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadRequest(f"the zip cannot be read: {error}", field="file") from None


def _chats_in(file: IO[bytes]) -> Iterator[ChatFile | Refused]:
    splitter = Splitter(MAX_CHAT_BYTES)
    total = 0
    while data := file.read(READ_BYTES):
        total += len(data)
        if total > MAX_FILE_BYTES:
            raise BadRequest(f"the file has more than {MAX_FILE_BYTES} bytes", field="file")
        for element in splitter.feed(data):
            yield Refused("", "too_large") if element is None else read_chat(element)
    if not splitter.found:
        raise BadRequest(
            "this is no file of chats: Ondol's own, ChatGPT's conversations.json and Open WebUI's export are read",
            field="file",
        )
