"""Calibrations on disk, by model and hardware: `calibration.json` in the state folder, replaced in one piece."""

import hashlib
import platform
import re
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from services.model.calibrate import Calibration
from services.model.entries import load_entries, save_entry

FILE_NAME = "calibration.json"
MAX_ENTRIES = 50
_SAMPLE_BYTES = 1 << 20


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
    """By key, oldest first."""
    return load_entries(home / FILE_NAME, Calibration)


def save_calibration(home: Path, key: str, calibration: Calibration) -> None:
    """Keep one more. Raises OSError when the folder cannot be written."""
    save_entry(home / FILE_NAME, key, calibration, most=MAX_ENTRIES)


def forget_calibrations(home: Path) -> None:
    """All of them: the next start measures again."""
    (home / FILE_NAME).unlink(missing_ok=True)
