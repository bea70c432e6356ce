"""Questions by file in the inbox: which names they have, and their answers beside them. Blocking where it writes."""

from pathlib import Path
from typing import Literal

from services.web.library import files
from services.web.library.paths import MAX_NAME_BYTES, on_disk

ASK = ".ask.md"
Kind = Literal["answer", "error"]
OTHER: dict[Kind, Kind] = {"answer": "error", "error": "answer"}
_SUFFIXES = (ASK, ".answer.md", ".error.md")


def is_letter(name: str) -> bool:
    """Whether a file of this name is a question or an answer, and so no document."""
    return name.casefold().endswith(_SUFFIXES)


def subject_of(path: str) -> str:
    """What a question is called: its file name without the suffix."""
    return path.rpartition("/")[2][: -len(ASK)]


def place(inbox: Path, path: str, kind: Kind, text: str) -> Path:
    """Write the answer or the error beside the question at `path`, whole or not at all; the other of the two goes.

    Raises NotFound when the question is gone.
    """
    ask = on_disk(inbox, path)
    target, other = ask.with_name(_beside(ask.name, kind)), ask.with_name(_beside(ask.name, OTHER[kind]))
    files.write_whole(target, text)
    other.unlink(missing_ok=True)
    return target


def _beside(name: str, kind: Kind) -> str:
    suffix = f".{kind}.md"
    room = MAX_NAME_BYTES - len(suffix)
    return name[: -len(ASK)].encode()[:room].decode(errors="ignore") + suffix
