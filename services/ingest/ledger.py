"""What web knows of the inbox, and which of it has vanished. Pure: the clock is handed in."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from services.ingest.stability import Stat

RETRY = "retry"  # failed for a reason that may pass: looked at again, told no second time
_FINAL = frozenset({"embedding", "ready", "failed", "unsupported"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One document as web has it."""

    sha256: str
    stat: Stat
    state: str
    parser_version: str


class Ledger:
    """Documents by path. A vanished one is held for `grace_s`, in case it turns up under another name."""

    def __init__(self, version_of: Callable[[str], str], grace_s: float) -> None:
        self._version_of = version_of
        self._grace_s = grace_s
        self._known: dict[str, Entry] = {}
        self._folders: dict[str, int] = {}
        self._missing: dict[str, float] = {}
        self._missing_of: dict[int, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def get(self, path: str) -> Entry | None:
        """The document at `path`, None when web has none there."""
        return self._known.get(path)

    def paths(self) -> list[str]:
        """All documents."""
        return list(self._known)

    def put(self, path: str, entry: Entry) -> None:
        """Web has this document now."""
        if path not in self._known:
            for folder in _above(path):
                self._folders[folder] = self._folders.get(folder, 0) + 1
        self.back(path)
        self._known[path] = entry

    def drop(self, path: str) -> None:
        """Web has this document no more."""
        self.back(path)
        if self._known.pop(path, None) is None:
            return
        for folder in _above(path):
            self._folders[folder] -= 1
            if not self._folders[folder]:
                del self._folders[folder]

    def is_current(self, path: str, stat: Stat) -> bool:
        """Whether web holds this very state of the file, read to its end."""
        entry = self._known.get(path)
        return entry is not None and entry.stat == stat and entry.state in _FINAL

    def is_outdated(self, path: str) -> bool:
        """Whether the document was read by another version of the parsers."""
        entry = self._known.get(path)
        return entry is not None and entry.parser_version != self._version_of(path)

    def gone(self, path: str, now: float) -> None:
        """Nothing is at `path` any more, be it a document or a folder of documents."""
        if path in self._known:
            self._miss(path, now)
        elif path in self._folders:
            below = path + "/"
            for known in self._known:
                if known.startswith(below):
                    self._miss(known, now)

    def _miss(self, path: str, now: float) -> None:
        if path not in self._missing:
            self._missing[path] = now
            self._missing_of.setdefault(self._known[path].stat.size, {})[path] = None

    def back(self, path: str) -> None:
        """There is a file at `path` again."""
        if self._missing.pop(path, None) is not None:
            size = self._known[path].stat.size
            del self._missing_of[size][path]
            if not self._missing_of[size]:
                del self._missing_of[size]

    def source_of(self, sha256: str, size: int) -> str | None:
        """A vanished document of the same content: the file was renamed."""
        return next((path for path in self._missing_of.get(size, ()) if self._known[path].sha256 == sha256), None)

    def misses_size(self, size: int) -> bool:
        """Whether a vanished document had this size."""
        return size in self._missing_of

    def removals(self, now: float, unread_sizes: Container[int]) -> list[str]:
        """Vanished documents whose grace is over, save those that an unread file of their size may turn out to be."""
        return [
            path
            for path, since in self._missing.items()
            if now - since >= self._grace_s and self._known[path].stat.size not in unread_sizes
        ]

    def next_removal(self) -> float | None:
        """When the grace of the longest missing document ends."""
        first = next(iter(self._missing.values()), None)
        return None if first is None else first + self._grace_s

    def excuse(self, prefixes: Iterable[str]) -> None:
        """What vanished below these folders is not known to be gone: they could not be looked into."""
        for prefix in prefixes:
            below = f"{prefix}/" if prefix else ""
            for path in [path for path in self._missing if path.startswith(below)]:
                self.back(path)


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: index + 1]) for index in range(len(parts))]
