"""One file on its way to web: open, hash, announce, parse, hand over."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from services.core.errors import OndolError, TooLarge
from services.ingest.inbox import Inbox, RefusedError, sha256_of, stand_in_hash, stat_of
from services.ingest.ledger import RETRY, Entry, Ledger
from services.ingest.messages import NO_SPOOL, Done, Failed, Job, Outcome, Unsupported
from services.ingest.registry import is_known, version_namer
from services.ingest.sandbox import Sandbox
from services.ingest.spool import Spool
from services.ingest.stability import Stat
from services.ingest.unixhttp import WebGone
from services.ingest.webclient import Verdict, WebClient

_log = logging.getLogger(__name__)
_FIRST_PROGRESS_S = 0.3
_PROGRESS_S = 1.0
_PASSING = "unreadable"  # tried again at each look over the inbox


class UnsettledError(Exception):
    """The file changed under our hands: let it rest again."""


class LaterError(Exception):
    """Web cannot take it now (disk full, internal error): try again in a while."""


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    max_file_bytes: int
    max_text_chars: int
    chunk_tokens: int
    memory_bytes: int
    cpu_s: int


class Reader:
    """Reads one file at a time. Raises WebGone, UnsettledError, LaterError; FileNotFoundError when the file is gone."""

    def __init__(
        self, inbox: Inbox, client: WebClient, sandbox: Sandbox, spool: Spool, settings: ReaderSettings
    ) -> None:
        self._inbox = inbox
        self._client = client
        self._sandbox = sandbox
        self._spool = spool
        self._settings = settings
        self._version_of = version_namer(settings.chunk_tokens)

    async def read(self, path: str, stat: Stat, ledger: Ledger) -> None:
        """Bring web up to date about `path`, and the ledger with it."""
        try:
            fd = self._inbox.open(path)
        except RefusedError as error:
            _log.warning("%s is passed over: %s", path, error)
            raise FileNotFoundError(path) from None
        except FileNotFoundError:
            raise
        except OSError as error:
            await self._refuse(path, stat, ledger, Failed("unreadable", f"cannot be opened: {error.strerror}"))
            return
        try:
            await self._opened(path, fd, ledger)
        except OndolError as error:
            if error.status in (404, 409):  # it changed or went while we were at it
                raise UnsettledError from error
            if error.status >= 500 or error.status == 429:
                raise LaterError(f"{error.code}: {error.message}") from error
            _log.error("%s is given up: web refuses it: %s", path, error.message)
            ledger.put(path, Entry(stand_in_hash(path, stat), stat, "failed", self._version_of(path)))
        finally:
            os.close(fd)

    async def _opened(self, path: str, fd: int, ledger: Ledger) -> None:
        stat = stat_of(os.fstat(fd))
        if not is_known(path):
            await self._refuse(path, stat, ledger, Unsupported("this kind of file is not read"))
            return
        if stat.size > self._settings.max_file_bytes:
            limit = self._settings.max_file_bytes
            await self._refuse(path, stat, ledger, Failed("too_large", f"the file has more than {limit} bytes"))
            return
        try:
            sha256 = await asyncio.to_thread(sha256_of, fd)
        except OSError as error:
            await self._refuse(path, stat, ledger, Failed("unreadable", f"cannot be read: {error.strerror}"))
            return
        self._check_rest(fd, stat)
        await self._follow_move(path, sha256, stat, ledger)
        entry = Entry(sha256, stat, "ready", self._version_of(path))
        verdict = await self._announce(path, entry, ledger)
        if verdict.action == "known":
            ledger.put(path, entry)
        else:
            await self._parse(path, fd, verdict.document_id, entry, ledger)

    async def _announce(self, path: str, entry: Entry, ledger: Ledger) -> Verdict:
        """The ledger has it first: a file that vanishes while we speak of it is still removed."""
        ledger.put(path, replace(entry, state="queued"))
        return await self._client.announce(path, entry.sha256, entry.stat, entry.parser_version)

    def _check_rest(self, fd: int, stat: Stat) -> None:
        if stat_of(os.fstat(fd)) != stat:
            raise UnsettledError

    async def _follow_move(self, path: str, sha256: str, stat: Stat, ledger: Ledger) -> None:
        """A new path with the content of a vanished one, and read in the same way, is that document renamed."""
        source = None if path in ledger else ledger.source_of(sha256, stat.size)
        entry = ledger.get(source) if source else None
        if source is None or entry is None or self._version_of(source) != self._version_of(path):
            return
        try:
            await self._client.moved(source, path)
        except OndolError as error:
            _log.info("%s could not be moved to %s (%s); it is read anew", source, path, error)
            return
        ledger.drop(source)
        ledger.put(path, entry)

    async def _parse(self, path: str, fd: int, document_id: str, entry: Entry, ledger: Ledger) -> None:
        job = Job(
            PurePosixPath(path).name,
            entry.stat.size,
            entry.sha256,
            entry.parser_version,
            self._settings.chunk_tokens,
            self._settings.max_text_chars,
            self._settings.memory_bytes,
            self._settings.cpu_s,
        )
        with self._spool.open(entry.sha256, entry.parser_version) as work:
            async with self._progress(document_id) as progress:
                descriptors = (fd, work.pages.fileno(), work.body.fileno())
                outcome = await self._sandbox.parse(job, descriptors, progress.told)
            self._check_rest(fd, entry.stat)
            if isinstance(outcome, Failed) and outcome.code == NO_SPOOL:
                raise LaterError(outcome.message)
            if isinstance(outcome, Done):
                outcome = await self._hand_over(document_id, work.body, outcome)
        if not isinstance(outcome, Done):
            entry = await self._tell_failure(path, document_id, entry, outcome)
        self._spool.discard(entry.sha256, entry.parser_version)
        ledger.put(path, entry)

    async def _hand_over(self, document_id: str, body: BinaryIO, done: Done) -> Outcome:
        try:
            await self._client.chunks(document_id, body)
        except TooLarge:
            return Failed("too_much_text", f"web does not take a text of {done.chars} characters")
        return done

    async def _refuse(self, path: str, stat: Stat, ledger: Ledger, outcome: Failed | Unsupported) -> None:
        """A file that is not read is still listed, under a hash that stands in for its own."""
        known = ledger.get(path)
        if known and known.stat == stat and known.state == RETRY:
            return
        sha256 = stand_in_hash(path, stat)
        entry = Entry(sha256, stat, outcome_state(outcome), self._version_of(path))
        verdict = await self._announce(path, entry, ledger)
        if verdict.action == "parse":
            entry = await self._tell_failure(path, verdict.document_id, entry, outcome)
        ledger.put(path, entry)

    async def _tell_failure(self, path: str, document_id: str, entry: Entry, outcome: Outcome) -> Entry:
        match outcome:
            case Failed(code=code, message=message):
                _log.warning("%s could not be read: %s (%s)", path, message, code)
                await self._client.state(document_id, "failed", outcome)
            case Unsupported(message=message):
                await self._client.state(document_id, "unsupported", Failed("unsupported", message))
        return replace(entry, state=outcome_state(outcome))

    @asynccontextmanager
    async def _progress(self, document_id: str) -> AsyncIterator["_Progress"]:
        progress = _Progress(self._client, document_id)
        task = asyncio.create_task(progress.run())
        try:
            yield progress
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


class _Progress:
    """Tells web of a reading that takes its time, at most once a second."""

    def __init__(self, client: WebClient, document_id: str) -> None:
        self._client = client
        self._document_id = document_id
        self._latest: tuple[int, int] | None = None
        self._news = asyncio.Event()
        self._news.set()

    def told(self, done: int, total: int) -> None:
        self._latest = (done, total)
        self._news.set()

    async def run(self) -> None:
        pause = _FIRST_PROGRESS_S
        while True:
            await asyncio.sleep(pause)
            await self._news.wait()
            self._news.clear()
            pause = _PROGRESS_S
            try:
                await self._client.state(self._document_id, "parsing", progress=self._latest)
            except (WebGone, OndolError) as error:
                _log.debug("progress was not told: %s", error)


def outcome_state(outcome: Outcome) -> str:
    """The state a document has after this."""
    match outcome:
        case Done():
            return "ready"
        case Failed(code=code):
            return RETRY if code == _PASSING else "failed"
        case Unsupported():
            return "unsupported"
