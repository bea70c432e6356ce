"""Calibrations on disk, by model and hardware: `calibration.json` in the state folder, replaced in one piece."""

import hashlib
import logging
import os
import platform
import re
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import msgspec

from services.model.calibrate import Calibration

log = logging.getLogger(__name__)

FILE_NAME = "calibration.json"
MAX_ENTRIES = 50
_SAMPLE_BYTES = 1 << 20


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    entries: dict[str, Calibration]


def model_key(path: Path) -> str:
    """Tells one model file from another by name, size, first and last megabyte: quick on a file of any size."""
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_SAMPLE_BYTES))
        file.seek(max(size - _SAMPLE_BYTES, 0))
        digest.update(file.read(_SAMPLE_BYTES))
    return f"{path.name}:{size}:{digest.hexdigest()[:16]}"


def hardware_key(cores: int, cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The CPU by name, the cores this process may use, and the build of the engine."""
    text = cpuinfo.read_text(errors="replace") if cpuinfo.exists() else ""
    names = re.findall(r"^(?:model name|Model|Hardware|CPU part)\s*:\s*(.+)$", text, re.MULTILINE)
    name = names[0].strip() if names else platform.machine()
    return f"{name}:{cores} cores:llama-cpp-python {version('llama-cpp-python')}"


def entry_key(path: Path, cores: int, choices: Iterable[object]) -> str:
    """`choices` are the settings that limit what calibrating may find."""
    return " | ".join([model_key(path), hardware_key(cores), *map(str, choices)])


def load_calibrations(home: Path) -> dict[str, Calibration]:
    """By key, oldest first. A missing or damaged file holds none: it is measured again."""
    path = home / FILE_NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read and will be written anew: %s", path, error)
        return {}
    return found.entries if found.version == 1 else {}


def save_calibration(home: Path, key: str, calibration: Calibration) -> None:
    """Keep one more. Raises OSError when the folder cannot be written."""
    entries = load_calibrations(home)
    entries.pop(key, None)
    entries[key] = calibration
    for old in list(entries)[:-MAX_ENTRIES]:
        del entries[old]
    data = msgspec.json.format(msgspec.json.encode(_File(1, entries)), indent=2)
    part = home / f"{FILE_NAME}.part"
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, home / FILE_NAME)


def forget_calibrations(home: Path) -> None:
    """All of them: the next start measures again."""
    (home / FILE_NAME).unlink(missing_ok=True)
