"""Which of the installed models answers."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.core.errors import ModelUnavailable

EMBEDDED_CHAT = "SmolLM2-135M-Instruct.Q4_1.gguf"
DEFAULT_DOWNLOAD = "mistral-7b-instruct-v0.2"
AUTO = "auto"


class InstalledModel(msgspec.Struct, frozen=True):
    """A whole chat model on this disk. `name` is its catalogue name, else the name it gives itself, else its file's."""

    path: Path
    name: str
    size_bytes: int
    min_memory_bytes: int
    demo: bool = False


class Selection(msgspec.Struct, frozen=True):
    """The model to load, and whether it fits into the memory that is available."""

    model: InstalledModel
    fits: bool


def estimated_memory_bytes(size_bytes: int) -> int:
    """Memory a GGUF of that size needs with a context of 4096: measured on 7B Q4_K_M, 4.37 GB of file took 5.05 GB."""
    return size_bytes + size_bytes // 10 + 300_000_000


def select_model(name: str, installed: Sequence[InstalledModel], available_bytes: int) -> Selection:
    """The installed model that `name` asks for.

    `auto`: the largest that fits into `available_bytes`, else the embedded one. Otherwise a path, a file name or a
    catalogue name, taken even when it does not fit: that is the caller's to judge. Raises ModelUnavailable with a
    reason that says what to do.
    """
    if name != AUTO:
        model = _named(name, installed)
        return Selection(model, model.min_memory_bytes <= available_bytes)
    real = sorted((m for m in installed if not m.demo), key=lambda m: (-m.size_bytes, m.name))
    fitting = [m for m in real if m.min_memory_bytes <= available_bytes]
    demo = [m for m in installed if m.demo]
    if fitting or demo:
        return Selection((fitting or demo)[0], True)
    if not real:
        reason = f"no model is installed: download one with make model NAME={DEFAULT_DOWNLOAD}"
        raise ModelUnavailable(reason, reason=reason)
    smallest = real[-1]
    reason = (
        f"no installed model fits: {smallest.name} needs {_gigabytes(smallest.min_memory_bytes)} of memory and "
        f"{_gigabytes(available_bytes)} are free"
    )
    raise ModelUnavailable(reason, reason=reason)


def _named(name: str, installed: Sequence[InstalledModel]) -> InstalledModel:
    for model in installed:
        if name in {model.name, model.path.name, str(model.path)}:
            return model
    asked = Path(name)
    if asked.is_absolute() or len(asked.parts) > 1 or asked.suffix == ".gguf":
        reason = f"{name} is not a whole GGUF chat model on this disk"
    else:
        reason = f"{name} is not installed: download it with make model NAME={name}"
    raise ModelUnavailable(reason, reason=reason)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
