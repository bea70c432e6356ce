"""Landlock: what a process may open is narrowed for good. A parser that is taken over by a document finds nothing.

Source: the kernel's userspace-api/landlock; system calls 444 to 446 have these numbers on every architecture.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUESTION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {
    1: (1 << 13) - 1,
    2: (1 << 14) - 1,
    3: (1 << 15) - 1,
    5: (1 << 16) - 1,
}  # by the version that knows them
_NET_RIGHTS = 0b11  # bind and connect of TCP, since version 4
_SCOPES = 0b11  # abstract sockets and signals to the outside, since version 6


def _call(number: int, *arguments: int | bytes | None) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    result = int(library.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def version() -> int:
    """Landlock's version in this kernel, 0 where it is not to be had."""
    try:
        return _call(_CREATE_RULESET, None, 0, _VERSION_QUESTION)
    except OSError:
        return 0


def _ruleset(known: int) -> int:
    rights = _FILE_RIGHTS[max(since for since in _FILE_RIGHTS if since <= known)]
    attributes = struct.pack("=Q", rights)
    if known >= 4:
        attributes += struct.pack("=Q", _NET_RIGHTS)
    if known >= 6:
        attributes += struct.pack("=Q", _SCOPES)
    return _call(_CREATE_RULESET, attributes, len(attributes), 0)


def _allow(ruleset: int, path: str) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | (_READ_DIR if stat.S_ISDIR(os.fstat(place).st_mode) else 0)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def confine(readable: Iterable[str]) -> bool:
    """From now on only what lies below `readable` can be opened, and only for reading; no TCP, no signals to others.
    What is open already stays usable. False where the kernel has no Landlock. Raises OSError when it refuses."""
    known = version()
    if not known:
        return False
    ruleset = _ruleset(known)
    try:
        for path in readable:
            _allow(ruleset, path)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True
