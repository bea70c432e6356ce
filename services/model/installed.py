"""The models on this disk: what lies in `models/`, and a file that a setting names elsewhere."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.core.catalogue import CatalogueModel
from services.model.catalogue import (
    EMBEDDED_CHAT,
    InstalledModel,
    Selection,
    estimated_memory_bytes,
    select_model,
)
from services.model.gguf_header import NOT_CHAT, NotGguf, read_header

_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


def list_installed(folder: Path, catalogue: Sequence[CatalogueModel]) -> list[InstalledModel]:
    """Whole chat models in `folder`, by file name. Embedders, cut-off files and downloads under way are left out."""
    if not folder.is_dir():
        return []
    files = sorted(path for path in folder.glob("*.gguf") if path.is_file())
    return list(_known(files, catalogue))


def _known(files: Sequence[Path], catalogue: Sequence[CatalogueModel]) -> Iterator[InstalledModel]:
    for path in files:
        model = inspect(path, catalogue)
        if model is not None:
            yield model


def inspect(path: Path, catalogue: Sequence[CatalogueModel]) -> InstalledModel | None:
    """The chat model at `path`; None when it is no whole GGUF file or no chat model.

    A model split into `…-00001-of-00003.gguf` and so on counts once, as its first part, when all parts are there.
    """
    parts = model_files(path)
    try:
        headers = [read_header(part) for part in parts]
        size = sum(part.stat().st_size for part in parts)
    except (NotGguf, OSError):
        return None
    if not headers or not headers[0].architecture or headers[0].architecture in NOT_CHAT:
        return None
    entry = next((model for model in catalogue if model.file == path.name), None)
    return InstalledModel(
        path=path,
        name=entry.name if entry else headers[0].name or path.stem,
        size_bytes=size,
        min_memory_bytes=entry.min_memory_bytes if entry else estimated_memory_bytes(size),
        demo=path.name == EMBEDDED_CHAT,
    )


def model_files(path: Path) -> list[Path]:
    """The files of a split model when `path` is its first; nothing when it is a later one."""
    found = _PART.search(path.name)
    if found is None:
        return [path]
    if int(found[1]) != 1:
        return []
    stem = path.name[: found.start()]
    return [path.with_name(f"{stem}-{i:05d}-of-{found[2]}.gguf") for i in range(1, int(found[2]) + 1)]


def choose_model(name: str, folder: Path, catalogue: Sequence[CatalogueModel], available_bytes: int) -> Selection:
    """`select_model` over what is on this disk. A path may lead out of `folder`; a relative one is taken as it stands.

    Raises ModelUnavailable as `select_model` does.
    """
    installed = list_installed(folder, catalogue)
    outside = Path(name)
    if outside.suffix == ".gguf" and outside.is_file():
        named = inspect(outside, catalogue)
        installed = [named, *installed] if named else installed
    return select_model(name, installed, available_bytes)
