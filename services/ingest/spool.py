"""Files between parser and web, below `run/spool/`: pages already read (kept over a restart) and the body to send."""

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_log = logging.getLogger(__name__)
_MAX_AGE_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Work:
    """Log of pages, and the body, which has no name: it goes when it is closed."""

    pages: BinaryIO
    body: BinaryIO


class Spool:
    """One log a document content and parser version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder and drop logs that nobody came back for in a week, as far as the disk lets us: what it
        refuses is told where a document needs it."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for log in self._folder.iterdir():
                if time.time() - log.stat().st_mtime > _MAX_AGE_S:
                    log.unlink()
        except OSError as error:
            _log.error("old logs of pages are not removed: %s", error)

    def _log(self, sha256: str, parser_version: str) -> Path:
        return self._folder / f"{sha256}-{parser_version}.pages"

    @contextmanager
    def open(self, sha256: str, parser_version: str) -> Iterator[Work]:
        """The log of this content, with what an earlier run has left in it, and an empty body. Raises OSError."""
        with (
            self._log(sha256, parser_version).open("a+b") as pages,
            tempfile.TemporaryFile(dir=self._folder) as body,
        ):
            yield Work(pages, body)

    def discard(self, sha256: str, parser_version: str) -> None:
        """The document is finished, well or not."""
        try:
            self._log(sha256, parser_version).unlink(missing_ok=True)
        except OSError as error:
            _log.error("a log of pages is left over for a week: %s", error)
