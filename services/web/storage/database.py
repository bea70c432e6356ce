"""One SQLite file with one writer and one or more reader connections, each on a thread of its own.

Tasks that share a connection would commit each other's transactions, so the writer is handed out under a lock, one
`BEGIN IMMEDIATE` at a time. `synchronous` is FULL where a lost row is somebody's lost words: WAL with NORMAL loses
acknowledged rows on a power cut.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal, Protocol

import aiosqlite

from services.core.errors import DatabaseDamaged, DiskError, DiskFull
from services.web.storage.functions import install_functions_async
from services.web.storage.integrity import is_damage
from services.web.storage.migrate import migrate

BUSY_MS, CHECKPOINT_BUSY_MS = 5000, 100
NO_ROOM_BYTES = 64 * 1024
"""Less than the index of a write-ahead log takes (32 kB), and its file beside."""
Value = str | int | float | bytes | None
Row = sqlite3.Row
Params = Sequence[Value] | dict[str, Value]


class Reader(Protocol):
    """What a query needs: both the reader connection and an open transaction have it."""

    async def one(self, sql: str, params: Params = ()) -> Row | None: ...
    async def all(self, sql: str, params: Params = ()) -> list[Row]: ...


class Transaction:
    """An open write transaction; rolled back whole when its block raises."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def one(self, sql: str, params: Params = ()) -> Row | None:
        async with self._connection.execute(sql, params) as cursor:
            row: Row | None = await cursor.fetchone()
            return row

    async def all(self, sql: str, params: Params = ()) -> list[Row]:
        return list(await self._connection.execute_fetchall(sql, params))

    async def run(self, sql: str, params: Params = ()) -> int:
        """Execute and return the number of rows changed."""
        async with self._connection.execute(sql, params) as cursor:
            return int(cursor.rowcount)

    async def insert(self, sql: str, params: Params = ()) -> int:
        """Execute an INSERT and return its rowid."""
        async with self._connection.execute(sql, params) as cursor:
            return int(cursor.lastrowid or 0)

    async def many(self, sql: str, rows: Iterable[Params]) -> None:
        await self._connection.executemany(sql, rows)


class Database:
    """Opened by `open_database`; `one`, `all` and `write` are the only ways in. Each raises DiskFull, DiskError, or
    DatabaseDamaged, of which `on_damage` hears too."""

    def __init__(self, path: Path, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection]) -> None:
        self.path = path
        self.on_damage: Callable[[], bool] = lambda: True
        """Whether it will be looked at; where not, it is the disk that has to be."""
        self.on_refused: Callable[[], None] = lambda: None
        """Told of each DiskError."""
        self.on_written: Callable[[], None] = lambda: None
        """Told when rows have surely reached the disk."""
        self._writer = writer
        self._readers = tuple(readers)
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """One write transaction; when it raises, nothing of it is kept."""
        async with self._lock:
            try:
                before = self._writer.total_changes
                await self._writer.execute("BEGIN IMMEDIATE")
                yield Transaction(self._writer)
                await self._writer.execute("COMMIT")
                if self._writer.total_changes != before:
                    self.on_written()
            except BaseException as error:
                await self._roll_back()
                if isinstance(error, sqlite3.DatabaseError):
                    raise self._typed(error) from error
                raise

    async def _roll_back(self) -> None:
        """To its end, whoever is cancelled meanwhile: the lock must not be given on before."""
        task, cancelled = asyncio.create_task(self._roll_back_now()), None
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError as error:
                cancelled = error
        task.result()
        if cancelled is not None:
            raise cancelled

    async def _roll_back_now(self) -> None:
        # A cancelled BEGIN or COMMIT still runs on the writer's thread: only behind it is the truth known.
        await self._writer.execute("SELECT 1")
        if self._writer.in_transaction:
            await self._writer.execute("ROLLBACK")

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[aiosqlite.Connection]:
        # The one used last comes first: its page cache is warm.
        reader = await self._idle.get()
        try:
            yield reader
        except sqlite3.DatabaseError as error:
            raise self._typed(error) from error
        finally:
            self._idle.put_nowait(reader)

    async def one(self, sql: str, params: Params = ()) -> Row | None:
        async with self._reader() as reader, reader.execute(sql, params) as cursor:
            row: Row | None = await cursor.fetchone()
            return row

    async def all(self, sql: str, params: Params = ()) -> list[Row]:
        async with self._reader() as reader:
            return list(await reader.execute_fetchall(sql, params))

    def _typed(self, error: sqlite3.DatabaseError) -> Exception:
        known = typed_error(error, self.path)
        if isinstance(known, DatabaseDamaged) and not self.on_damage():
            known = _refused(error, self.path)
        if isinstance(known, DiskError):
            self.on_refused()
        return known

    async def probe(self) -> None:
        """Write a page that says what it said before, to see whether the disk takes it. Raises as `write`."""
        async with self.write() as tx:
            row = await tx.one("PRAGMA user_version")
            assert row is not None
            await tx.run(f"PRAGMA user_version = {int(row[0])}")
        self.on_written()

    async def checkpoint(self) -> bool:
        """Move the write-ahead log into the file and empty it. Whether it is empty now: a reader, a backup for example,
        may hold it, and nobody's write shall wait for that one."""
        async with self._lock:
            try:
                await self._writer.execute_fetchall(f"PRAGMA busy_timeout={CHECKPOINT_BUSY_MS}")
                [(busy, _, _)] = await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.DatabaseError as error:
                raise self._typed(error) from error
            finally:
                await self._writer.execute_fetchall(f"PRAGMA busy_timeout={BUSY_MS}")
        return not busy

    async def close(self) -> None:
        for connection in (*self._readers, self._writer):
            await connection.close()


def typed_error(error: sqlite3.Error, path: Path) -> Exception:
    """What a failure of the disk means for people; any other error as it is."""
    code = getattr(error, "sqlite_errorcode", 0)
    refused = code & 0xFF in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    if code == sqlite3.SQLITE_FULL or (refused and _has_no_room(path.parent)):
        return DiskFull("the disk is full; free some space and try again", file=path.name)
    if is_damage(error):
        return DatabaseDamaged(f"{path.name} is damaged ({error}); Ondol repairs it when it starts", file=path.name)
    if refused:
        return _refused(error, path)
    return error


def _refused(error: sqlite3.Error, path: Path) -> DiskError:
    return DiskError(f"the disk refused {path.name} ({error}); check the disk or card", file=path.name)


@contextmanager
def typed_errors(path: Path) -> Iterator[None]:
    """What SQLite says of a file within, as errors for people."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise typed_error(error, path) from error


def _has_no_room(folder: Path) -> bool:
    """SQLite names a full disk as such where it writes rows, not where it makes the index of its write-ahead log."""
    try:
        return shutil.disk_usage(folder).free < NO_ROOM_BYTES
    except OSError:
        return False


async def open_database(
    path: Path,
    *,
    schema: Literal["ondol", "library"],
    synchronous: Literal["FULL", "NORMAL"],
    extensions: Sequence[Path] = (),
    readers: int = 1,
) -> Database:
    """Open, migrate and return a database. `extensions` are loadable SQLite libraries for all connections; so many
    queries run side by side as there are `readers`.

    Raises NewerDatabase when the file was written by a newer Ondol, DatabaseDamaged, DiskFull, DiskError.
    """
    writer = await _connect(path, extensions)
    opened = [writer]
    try:
        await writer.execute("PRAGMA journal_mode=WAL")
        await writer.execute(f"PRAGMA synchronous={synchronous}")
        # What people delete is overwritten in the file, not only unlinked.
        await writer.execute(f"PRAGMA secure_delete={'ON' if schema == 'ondol' else 'OFF'}")
        await migrate(writer, path, schema)
        for _ in range(readers):
            opened.append(await _connect(path, extensions))
            await opened[-1].execute("PRAGMA query_only=ON")
    except BaseException as error:
        for connection in opened:
            await connection.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise typed_error(error, path) from error
        raise
    return Database(path, writer, opened[1:])


async def _connect(path: Path, extensions: Sequence[Path]) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        await connection.execute("PRAGMA foreign_keys=ON")
        await connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        await install_functions_async(connection)
        if extensions:
            await connection.enable_load_extension(True)
            for extension in extensions:
                await connection.load_extension(str(extension))
            await connection.enable_load_extension(False)
    except BaseException:
        await connection.close()
        raise
    return connection
