"""What was measured, by key, in a small JSON file of the state folder: read whole, replaced in one piece."""

import logging
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from services.core.durable import write_durably

log = logging.getLogger(__name__)

VERSION = 1
T = TypeVar("T")


class _File(msgspec.Struct, Generic[T], forbid_unknown_fields=True):
    version: int
    entries: dict[str, T]


def load_entries(path: Path, kind: type[T]) -> dict[str, T]:
    """By key, oldest first. A missing or damaged file holds none: it is measured again."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File[kind])  # type: ignore[valid-type]
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read and will be written anew: %s", path, error)
        return {}
    return found.entries if found.version == VERSION else {}


def save_entry(path: Path, key: str, entry: T, *, most: int) -> None:
    """Keep one more, in place of its older one; of more than `most` the oldest go.

    Raises OSError when the folder cannot be written.
    """
    entries = load_entries(path, type(entry))
    entries.pop(key, None)
    entries[key] = entry
    for old in list(entries)[:-most]:
        del entries[old]
    data = msgspec.json.format(msgspec.json.encode(_File(VERSION, entries)), indent=2)
    write_durably(path, data, mode=0o644)
