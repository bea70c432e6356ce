"""The parser child: `python -m services.ingest.worker FD PARENT`. One document at a time, nothing but descriptors."""

import contextlib
import errno
import mimetypes
import os
import socket
import sys
from collections.abc import Iterator
from typing import BinaryIO

from services.core.errors import disk_error
from services.core.paths import PROJECT_ROOT
from services.core.protocol.codec import FrameDecoder
from services.ingest import jail, limits, pagelog
from services.ingest.body import BodyWriter
from services.ingest.document import Limits, NotTextError, ParseError, Source
from services.ingest.messages import (
    MAX_FRAME_BYTES,
    NO_SPOOL,
    Done,
    Failed,
    Job,
    Outcome,
    Progress,
    Unsupported,
    encode,
)
from services.ingest.registry import parse

_OPEN_FILES = 64
_SYSTEM = ("/etc/ld.so.cache", "/dev/null", "/dev/urandom")  # beside libraries and fonts, all that parsers open
_SPOOL_BYTES = 1_000_000_000
_RECEIVE_BYTES = 65_536
_NICE = 10  # a page dropped while the box embeds or chats is still read in a second
_LARGE_BYTES = 2_000_000  # reading more than this is left for idle moments
_WORN_BYTES = 100_000_000  # memory once taken is seldom given back: a fresh child starts small


def _read(job: Job, source: Source, log: BinaryIO, body: BinaryIO, tell: "socket.socket") -> Outcome:
    with _spooling():
        writer = BodyWriter(body, job.sha256, job.parser_version, job.chunk_tokens, job.max_text_chars)
        step = 0
        for page in pagelog.replay(log):
            writer.add(page.blocks, page.number)
            step = page.step + 1
    for page in parse(source, Limits(job.max_text_chars), step):
        if page.step < step:
            continue
        with _spooling():
            writer.add(page.blocks, page.number)
            pagelog.append(log, page)
        tell.sendall(encode(Progress(page.done, page.total)))
    with _spooling():
        return Done(writer.finish(), writer.chars)


class _SpoolError(Exception):
    """Our own disk refuses; nothing is wrong with the document."""


@contextlib.contextmanager
def _spooling() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise ParseError("too_much_text", f"the document's text has more than {_SPOOL_BYTES} bytes") from error
        raise _SpoolError(str(disk_error(error) or error)) from error


def _outcome(job: Job, source: Source, log: BinaryIO, body: BinaryIO, tell: "socket.socket") -> Outcome:
    try:
        return _read(job, source, log, body, tell)
    except ParseError as error:
        return Failed(error.code, error.message)
    except NotTextError as error:
        return Unsupported(str(error))
    except MemoryError:
        return Failed("parse_memory", "reading the document needs more memory than it may have")
    except RecursionError:
        return Failed("too_deep", "the document is nested too deeply")
    except ConnectionError:
        raise
    except _SpoolError as error:
        return Failed(NO_SPOOL, str(error))
    except OSError as error:
        return Failed("unreadable", f"the file cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001  # the edge of a document: no file may end the service
        return Failed("broken", f"the file is damaged: {type(error).__name__}: {error}"[:300])


def _run(job: Job, descriptors: list[int], tell: "socket.socket") -> None:
    limits.cap_for_document(job.memory_bytes, job.cpu_s)
    document, log, body = descriptors
    with open(document, "rb") as file, _filled(log) as pages, _filled(body) as filled:
        outcome = _outcome(job, Source(file, job.name, job.size), pages, filled, tell)
    tell.sendall(encode(outcome))


@contextlib.contextmanager
def _filled(descriptor: int) -> Iterator[BinaryIO]:
    """A file whose writes were all flushed: what a full disk did not take has been told and is not tried once more."""
    file = os.fdopen(descriptor, "r+b")
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()


def serve(link: socket.socket) -> None:
    """Read documents until the other side closes, or until this process has grown or has put itself last."""
    decoder: FrameDecoder[Job] = FrameDecoder(Job, MAX_FRAME_BYTES)
    descriptors: list[int] = []
    worn = False
    while not worn:
        data, received, _, _ = socket.recv_fds(link, _RECEIVE_BYTES, 8)
        if not data:
            return
        descriptors += received
        for job in decoder.feed(data):
            if not isinstance(job, Job):
                raise job
            large = job.size > _LARGE_BYTES
            if large:
                limits.only_when_idle()
            _run(job, descriptors, link)
            descriptors = []
            worn = large or limits.peak_rss_bytes() > _WORN_BYTES


def main() -> None:
    """Entry point of the child."""
    link = socket.socket(fileno=int(sys.argv[1]))
    limits.die_with_parent(int(sys.argv[2]))
    limits.step_back(_NICE)
    limits.cap_for_life(_OPEN_FILES, _SPOOL_BYTES)
    os.chdir("/")
    with contextlib.suppress(OSError):  # where the kernel refuses, the other caps still hold
        jail.confine([sys.prefix, "/usr", *_SYSTEM, str(PROJECT_ROOT / "services"), f"/proc/{os.getpid()}"])
    mimetypes.knownfiles.clear()  # openpyxl would have them read, from folders that are closed now
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would import it, for 30 MB
    serve(link)


if __name__ == "__main__":
    main()
