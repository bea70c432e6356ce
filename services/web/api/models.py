"""Models: what is installed, what could be, and how to get it."""

import asyncio
from pathlib import Path

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_response

from services.core.catalogue import CatalogueModel, load_catalogue
from services.web.api.common import deps, login_required

blueprint = Blueprint("models", __name__, url_prefix="/api/models")


class InstalledFile(msgspec.Struct, frozen=True):
    file: str
    name: str
    size_bytes: int


class CatalogueEntry(msgspec.Struct, frozen=True):
    """`command` installs it, on the box."""

    name: str
    title: str
    size_bytes: int
    license: str
    license_url: str
    languages: list[str]
    min_memory_bytes: int
    installed: bool
    command: str


class Models(msgspec.Struct, frozen=True):
    """`current` is the file that answers now."""

    current: str | None
    installed: list[InstalledFile]
    catalogue: list[CatalogueEntry]


def _files(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in sorted(folder.glob("*.gguf"))}


def _entry(model: CatalogueModel, files: dict[str, int]) -> CatalogueEntry:
    return CatalogueEntry(
        name=model.name,
        title=model.title,
        size_bytes=model.size_bytes,
        license=model.license,
        license_url=model.license_url,
        languages=model.languages,
        min_memory_bytes=model.min_memory_bytes,
        installed=model.file in files,
        command=f"make model NAME={model.name}",
    )


@blueprint.get("/")
@tag(["status"])
@login_required
@validate_response(Models)
async def get_models() -> Models:
    """Installed model files and the catalogue."""
    files = await asyncio.to_thread(_files, deps().config.home.models)
    catalogue = await asyncio.to_thread(load_catalogue)
    titles = {model.file: model.title for model in catalogue}
    config = deps().config
    readers = {Path(config.model.embedder).name, Path(config.rag.reranker).name}
    state = deps().model.state
    facts = state.facts if state is not None else None
    return Models(
        current=facts.file if facts is not None else None,
        installed=[
            InstalledFile(file, titles.get(file, Path(file).stem), size)
            for file, size in files.items()
            if file not in readers
        ],
        catalogue=[_entry(model, files) for model in catalogue],
    )
