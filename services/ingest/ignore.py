"""Which names of the inbox are not documents. Pure."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

_NAMES = {
    "thumbs.db",
    "desktop.ini",
    "@eadir",
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "__macosx",
}
_PATTERNS = (
    ".*",  # hidden: .DS_Store, ._x, .stfolder, .~lock.x#, .sync, .trash, partial copies of rsync
    "~$*",  # lock files of Office
    "*~",
    "*.part",
    "*.partial",
    "*.crdownload",
    "*.download",
    "*.tmp",
    "*.temp",
    "*.swp",
    "*.swx",
    "*.lock",
    "*.!ut",
)
_ASK = ".ask.md"
_LETTERS = (_ASK, ".answer.md", ".error.md")  # questions by file and their answers are not documents


class IgnoreList:
    """Built-in names and patterns, and those of the settings. Case does not count."""

    def __init__(self, extra: Iterable[str] = ()) -> None:
        self._extra = tuple(pattern.casefold() for pattern in extra)

    def name(self, name: str) -> bool:
        """Whether a file or folder of this name is passed over, with all that is in it."""
        return name.casefold().endswith(_LETTERS) or self._name(name)

    def _name(self, name: str) -> bool:
        folded = name.casefold()
        return folded in _NAMES or any(fnmatchcase(folded, pattern) for pattern in (*_PATTERNS, *self._extra))

    def path(self, path: str) -> bool:
        """Whether any part of a path below the inbox is passed over."""
        folded = path.casefold()
        return any(map(self.name, path.split("/"))) or any(fnmatchcase(folded, pattern) for pattern in self._extra)

    def is_ask(self, path: str) -> bool:
        """Whether a question by file lies here: in a folder that is looked into, under a name of its own."""
        folder, _, name = path.rpartition("/")
        if not name.casefold().endswith(_ASK) or len(name) == len(_ASK) or not folder:
            return False
        return not (self._name(name) or self.path(folder) or any(fnmatchcase(path.casefold(), p) for p in self._extra))
