"""`python -m services.model.download NAME`: one model of the catalogue, from the hub or its mirror, into `models/`.

The file grows as `<file>.<checksum>.part` and takes its name only when it is whole and its sha256 is right. A cut
download goes on where it stopped, also in a later run. Without NAME the catalogue is listed.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from services.core.catalogue import CatalogueModel, load_catalogue
from services.core.config import load_config
from services.core.errors import OndolError, disk_error
from services.model.hub import Hub
from services.model.installed import list_installed


def listing(catalogue: Sequence[CatalogueModel], installed: set[str]) -> str:
    """A table for people: name, size, memory, languages, licence."""
    rows = [
        (
            model.name + (" (installed)" if model.file in installed else ""),
            f"{model.size_bytes / 1e9:.1f} GB",
            f"{model.min_memory_bytes / 1e9:.1f} GB",
            " ".join(model.languages[:3]) + (" …" if len(model.languages) > 3 else ""),
            model.license,
        )
        for model in catalogue
    ]
    table = [("NAME", "SIZE", "MEMORY", "LANGUAGES", "LICENCE"), *rows]
    widths = [max(len(row[i]) for row in table) for i in range(5)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in table)


def run(name: str) -> Path:
    """Download `name`. Returns the file in `models/`; raises OndolError with a sentence that says what to do."""
    config = load_config()
    catalogue = load_catalogue()
    entry = find(name, catalogue)
    print(f"{entry.title}: {entry.size_bytes / 1e9:.1f} GB. Licence: {entry.license}, {entry.license_url}", flush=True)
    return Hub(config.hub.endpoint, config.hub.token).download(entry, config.home.models)


def find(name: str, catalogue: Sequence[CatalogueModel]) -> CatalogueModel:
    """The entry of that name. Raises UnknownModel."""
    for model in catalogue:
        if model.name == name:
            return model
    raise UnknownModel(f"{name} is not in the catalogue; known are {', '.join(m.name for m in catalogue)}", name=name)


class UnknownModel(OndolError):
    code = "unknown_model"
    status = 404


def main(arguments: Sequence[str]) -> int:
    try:
        if not arguments:
            config = load_config()
            catalogue = load_catalogue()
            print(listing(catalogue, {m.path.name for m in list_installed(config.home.models, catalogue)}))
            print("Download one with: make model NAME=…")
            return 0
        target = run(arguments[0])
    except OndolError as error:
        print(f"ondol: {error.message}", file=sys.stderr)
        return 1
    except OSError as error:
        known = disk_error(error)
        print(f"ondol: {known.message if known else error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nondol: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    print(f"{target} is in place. Restart Ondol to use it (make stop start).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
