"""Files between parser and web, below `run/spool/`: pages already read (kept over a restart) and the body to send."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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
        """Make the folder and drop logs that nobody came back for in a week."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for log in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if time.time() - log.stat().st_mtime > _MAX_AGE_S:
                    log.unlink()

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
        self._log(sha256, parser_version).unlink(missing_ok=True)
