"""The data's part of `ondol update`: trying the step to a new version on a copy, and taking it back. Blocking."""

from contextlib import suppress

from services.core.errors import AlreadyRunning
from services.core.paths import Home
from services.core.process import lock
from services.web.safety.versions import tell_undone
from services.web.storage.copying import remove_database
from services.web.storage.keeping import put_back
from services.web.storage.upgrade import rehearsal_of, rehearse


def rehearse_update(home: Home) -> tuple[int, int]:
    """Bring a copy of ondol.db to this Ondol's version, check it, and leave nothing behind; the house may run. The
    version the data have (0: there are none) and the one they would come to.

    Raises AlreadyRunning, NewerDatabase, UpgradeFailed, DiskFull, sqlite3.Error.
    """
    with lock(home.run, "rehearse"):
        remove_database(rehearsal_of(home.ondol_db))
        return rehearse(home.ondol_db, "ondol")


def forget_rehearsal(home: Home) -> None:
    """The copy that a power cut left; one that is being made stays."""
    with suppress(AlreadyRunning), lock(home.run, "rehearse"):
        remove_database(rehearsal_of(home.ondol_db))


def undo_update(home: Home, before: str, after: str) -> bool:
    """Give the data back to version `before`, which this is, and tell that `after` did not work; whether the database
    had to be put back. Web must not run.

    Raises AlreadyRunning, Conflict when words were written since, sqlite3.Error, OSError.
    """
    with lock(home.run, "web"):
        done = put_back(home.ondol_db, "ondol")
        tell_undone(home, before, after)
        return done
