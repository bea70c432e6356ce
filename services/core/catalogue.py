"""Which models there are to download: `config/models.toml`, typed."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from services.core.errors import ConfigError
from services.core.paths import PROJECT_ROOT

CATALOGUE_FILE = PROJECT_ROOT / "config" / "models.toml"

Positive = Annotated[int, msgspec.Meta(gt=0)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.gguf$")]


class CatalogueModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model to download: `file` of `repo` at `revision` on the hub. `languages` are ISO 639-1 codes."""

    name: Name
    title: str
    repo: Annotated[str, msgspec.Meta(pattern=r"^[\w.-]+/[\w.-]+$")]
    file: FileName
    revision: str
    size_bytes: Positive
    license: str
    license_url: Annotated[str, msgspec.Meta(pattern=r"^https://")]
    languages: Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$")]], msgspec.Meta(min_length=1)]
    min_memory_bytes: Positive
    sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: list[CatalogueModel]


def load_catalogue(file: Path = CATALOGUE_FILE) -> list[CatalogueModel]:
    """The models of `file`, in its order. Raises ConfigError naming the file and the key that is wrong."""
    try:
        models = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File).model
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}", file=str(file)) from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}", file=str(file)) from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}", file=str(file)) from None
    for kind in ("name", "file"):
        seen = [getattr(model, kind) for model in models]
        if doubled := {value for value in seen if seen.count(value) > 1}:
            raise ConfigError(f"{file}: {kind} {doubled.pop()} is there twice", file=str(file))
    return models
