"""The nearest vectors, fast: derived from storage/vectors.py, and made anew whenever it is missing or in doubt."""

import importlib.util
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from services.core.errors import ConfigError
from services.web.storage.database import Database, Reader, Transaction
from services.web.storage.scope import Scope
from services.web.storage.sqlite_vec import SqliteVec, Storage
from services.web.storage.sqlite_vss import SqliteVss

log = logging.getLogger(__name__)


class VectorIndex(Protocol):
    """Vectors are little-endian float32 of length 1. The answers are candidates: exact cosines come from the truth."""

    @property
    def signature(self) -> str:
        """Changes when the stored form does."""

    @property
    def commit_chunks(self) -> int:
        """So many new vectors are worth one commit."""

    async def create(self, tx: Transaction, dimensions: int) -> None:
        """An empty index in the place of whatever there was."""

    async def insert(self, tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None: ...

    async def delete(self, tx: Transaction, chunk_ids: Sequence[int]) -> None: ...

    async def nearest(self, db: Database, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        """At most `limit` chunks of the scope (None: of all), most alike first."""

    async def ids(self, db: Reader) -> set[int]:
        """What it holds. Raises sqlite3.Error when it is damaged or missing."""

    async def stale(self, db: Reader) -> bool:
        """Whether building it anew pays at the next start: much of it is deleted, or it is outgrown.

        Raises sqlite3.Error when it is damaged."""

    async def outgrown(self, db: Reader) -> bool:
        """Whether it was made for so much smaller a library that it should be built anew now."""


class NoIndex:
    """Where no extension loads: search goes by words, vectors are kept for a better day."""

    signature = "none"
    commit_chunks = 8

    async def create(self, tx: Transaction, dimensions: int) -> None:
        """Nothing to make."""

    async def insert(self, tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None:
        """Nothing to keep."""

    async def delete(self, tx: Transaction, chunk_ids: Sequence[int]) -> None:
        """Nothing to forget."""

    async def nearest(self, db: Database, vector: bytes, limit: int, scope: Scope | None) -> list[int]:
        return []

    async def ids(self, db: Reader) -> set[int]:
        return {row["chunk_id"] for row in await db.all("SELECT chunk_id FROM vectors")}

    async def stale(self, db: Reader) -> bool:
        return False

    async def outgrown(self, db: Reader) -> bool:
        return False


_FILES = {"sqlite-vec": ("sqlite_vec", ("vec0.so",)), "sqlite-vss": ("sqlite_vss", ("vector0.so", "vss0.so"))}


def extension_files(name: str) -> list[Path]:
    """The loadable files of an index, found without importing its package (which would import numpy: 12 MB).

    Raises ConfigError when the package is not installed.
    """
    package, files = _FILES[name]
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"rag.index: {name} is not installed on this machine", key="rag.index")
    return [Path(spec.submodule_search_locations[0]) / file for file in files]


def probe(name: str) -> list[Path]:
    """The extension files, after they have been loaded once. Raises ConfigError with the loader's own words."""
    files = extension_files(name)
    connection = sqlite3.connect(":memory:")
    try:
        connection.enable_load_extension(True)
        for file in files:
            connection.load_extension(str(file))
    except (sqlite3.Error, AttributeError) as error:
        raise ConfigError(f"rag.index: {name} does not load: {error}", key="rag.index") from None
    finally:
        connection.close()
    return files


def choose_index(
    setting: Literal["auto", "sqlite-vec", "sqlite-vss"], storage: Storage
) -> tuple[VectorIndex, list[Path]]:
    """The index and the extensions it needs; `storage` is the form of sqlite-vec's rows, sqlite-vss knows but float32.
    `auto` takes sqlite-vec where it loads, else sqlite-vss, else none.

    Raises ConfigError when the one that was asked for does not load.
    """
    makers: dict[str, VectorIndex] = {"sqlite-vec": SqliteVec(storage), "sqlite-vss": SqliteVss()}
    if setting != "auto":
        return makers[setting], probe(setting)
    for name, index in makers.items():
        try:
            return index, probe(name)
        except ConfigError as error:
            log.warning("%s", error.message)
    log.warning("no vector index loads: documents are found by their words alone")
    return NoIndex(), []
