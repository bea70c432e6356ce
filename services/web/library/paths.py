"""Names and paths below inbox/ that are safe on every disk."""

import re
import unicodedata
from pathlib import Path, PurePosixPath

from services.core.errors import BadRequest, NotFound

MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 3000
SHARED = "shared"
TEXT_SUFFIXES = frozenset(
    re.findall(
        r"\S+",
        ".txt .md .markdown .rst .json .jsonl .csv .tsv .html .htm .srt .vtt .xml .yaml .yml .toml .ini .log"
        " .py .js .ts .tsx .jsx .c .h .cpp .hpp .java .go .rs .rb .sh .sql .css .kt .swift",
    )
)
_FORBIDDEN = frozenset('/\\:*?"<>|')
_RESERVED = ("~$", ".~lock")


def safe_name(name: str) -> str:
    """A file name, NFC. Raises BadRequest for names that some system cannot hold, or that ingest would not read."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name or name.startswith((".", *_RESERVED)) or name.endswith("."):
        raise BadRequest(f"{name!r} cannot be a file name: give one that neither starts nor ends with a dot", name=name)
    if any(c in _FORBIDDEN or unicodedata.category(c)[0] == "C" for c in name):
        raise BadRequest(f'{name!r} cannot be a file name: leave out / \\ : * ? " < > | and control codes', name=name)
    if len(name.encode()) > MAX_NAME_BYTES:
        raise BadRequest(f"the name is longer than {MAX_NAME_BYTES} bytes", limit=MAX_NAME_BYTES)
    return name


def safe_folder(path: str) -> str:
    """A relative folder as `a/b`, '' for none. Raises BadRequest."""
    return "/".join(safe_name(part) for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def upload_name(filename: str) -> str:
    """The last part of what a browser calls a file, made safe where that is possible. Raises BadRequest."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    cleaned = "".join("_" if c in _FORBIDDEN or unicodedata.category(c)[0] == "C" else c for c in last)
    return safe_name(shortened(unicodedata.normalize("NFC", cleaned).strip(" .") or "file"))


def shortened(name: str) -> str:
    """At most MAX_NAME_BYTES, the suffix kept, no character cut."""
    return fitted(name, "")


def fitted(name: str, addition: str) -> str:
    """`addition` before the suffix, the stem cut where the whole would be too long."""
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > 20:
        suffix = ""
    if name.casefold().endswith(".ask.md"):
        suffix = name[-len(".ask.md") :]
    stem = name[: len(name) - len(suffix)] if suffix else name
    room = MAX_NAME_BYTES - len((addition + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + addition + suffix


def text_title(title: str) -> str:
    """The file name of a text that was typed in: with a suffix of text, `.txt` where it has none."""
    name = safe_name(title)
    return name if PurePosixPath(name).suffix.lower() in TEXT_SUFFIXES else safe_name(fitted(name + ".txt", ""))


def renamed(old: str, title: str) -> str:
    """The new file name; the old suffix stays where the new title brings none."""
    name = safe_name(title)
    suffix = PurePosixPath(old).suffix
    if PurePosixPath(name).suffix.lower() == suffix.lower():
        return name
    return safe_name(fitted(name + suffix, "")) if suffix else name


def is_text(name: str) -> bool:
    """Whether a file of this name may be rewritten with plain text."""
    return PurePosixPath(name).suffix.lower() in TEXT_SUFFIXES


def check_path(path: str) -> None:
    """Raises BadRequest for anything but `<owner or shared>/…/<name>`, relative and NFC."""
    parts = path.split("/")
    whole = unicodedata.is_normalized("NFC", path) and len(path.encode()) <= MAX_PATH_BYTES and "\x00" not in path
    if not whole or len(parts) < 2 or any(part in ("", ".", "..") for part in parts):
        raise BadRequest(f"{path!r} is not a path below inbox/", path=path)


def on_disk(inbox: Path, path: str) -> Path:
    """The file at `path` below the inbox, by the name it has on disk: macOS may have written it decomposed. Blocking.

    Raises NotFound.
    """
    place = inbox
    for part in path.split("/"):
        exact = place / part
        if not exact.exists():
            exact = next((p for p in _entries(place) if unicodedata.normalize("NFC", p.name) == part), exact)
        place = exact
    if not place.resolve().is_relative_to(inbox.resolve()) or not place.is_file():
        raise NotFound(f"the file of {path} is gone", path=path)
    return place


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
