"""Moving what is in a folder, also to another disk. At every moment each file is whole in one of the two places, so
that after a cut anywhere the same call goes on."""

import errno
import filecmp
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from services.core.durable import sync_folder
from services.web.library.files import SPOOL_PREFIX, SPOOL_SUFFIX
from services.web.library.paths import fitted
from services.web.safety.packing import Unreadable, opened_to_read, pieces

log = logging.getLogger(__name__)
PART = f"{SPOOL_PREFIX}moving{SPOOL_SUFFIX}"


def move_contents(source: Path, target: Path) -> None:
    """Everything in `source` into `target`; folders are merged. What somebody else has put there stays as it is: a file
    that would take its name gets the next free one. What cannot be read stays. Raises OSError."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for child in sorted(source.iterdir()):
        try:
            _move(child, target)
        except FileNotFoundError:
            if os.path.lexists(child):
                raise
    _sync(target)
    _sync(source)


def _move(source: Path, folder: Path) -> None:
    if _is_folder(source):
        place = next(one for one in _names(folder, source.name) if _is_folder(one) or not os.path.lexists(one))
        if os.path.lexists(place) or not _renamed(source, place):
            _merge(source, place)
        return
    place = next(one for one in _names(folder, source.name) if not os.path.lexists(one) or _same(source, one))
    if os.path.lexists(place):  # it was cut off before the last step
        _sync(folder)
        source.unlink()
    elif not _renamed(source, place):
        _copy(source, place)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _names(folder: Path, name: str) -> Iterator[Path]:
    yield folder / name
    sayable = os.fsencode(name).decode(errors="replace")
    yield from (folder / fitted(sayable, f" ({number})") for number in count(2))


def _same(one: Path, other: Path) -> bool:
    """As far as can be read: one that its disk does not give must not stop the other from coming beside it."""
    try:
        return _compared(one, other)
    except OSError as error:
        log.error("%s and %s cannot be compared: %s", one, other, error)
        return False


def _compared(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


def _renamed(source: Path, place: Path) -> bool:
    """False where they are on two disks, or one is a mount."""
    try:
        source.rename(place)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EBUSY):
            raise
        return False
    return True


def _merge(source: Path, place: Path) -> None:
    if not place.exists():
        place.mkdir()
        place.chmod(stat.S_IMODE(source.stat().st_mode))
    move_contents(source, place)
    with suppress(OSError):  # a mount, or somebody has dropped a file into it
        source.rmdir()


def _copy(source: Path, place: Path) -> None:
    """To another disk: what is there is made to last before anything goes here."""
    if source.is_symlink():
        place.symlink_to(source.readlink())
    elif source.is_file():
        try:
            _copy_file(source, place)
        except Unreadable as error:  # a house must open again though its card has a bad place
            log.error("%s cannot be read and stays where it is: %s", source, error)
            place.with_name(PART).unlink(missing_ok=True)
            return
    else:
        log.warning("%s is no file and stays where it is", source)
        return
    _sync(place.parent)
    source.unlink()


def _copy_file(source: Path, place: Path) -> None:
    part = place.with_name(PART)
    with opened_to_read(source) as reader, part.open("wb") as writer:
        for piece in pieces(reader, source):
            writer.write(piece)
        writer.flush()
        with suppress(OSError):  # a disk that knows no modes
            shutil.copystat(source, part)
        os.fsync(writer.fileno())
    part.rename(place)


def _sync(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # folders of a network cannot be synced
            raise
