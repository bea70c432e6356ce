"""Disks that refuse, without root: the kernel's limit for the files of this process, and calls that fail."""

import contextlib
import os
import resource
from collections.abc import Iterator
from unittest import mock

FLUSHED = ("fsync", "fdatasync")
PLACED = ("replace", "rename", "link")
WRITTEN = ("write", "pwrite")
REMOVED = ("unlink", "remove", "rmdir")


@contextlib.contextmanager
def no_growth(limit: int = 0) -> Iterator[None]:
    """No file of this process may be written behind its first `limit` bytes: the kernel says EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def failing(calls: tuple[str, ...], number: int) -> Iterator[None]:
    """These functions of `os` fail with errno `number`."""

    def fail(*_arguments: object, **_more: object) -> None:
        raise OSError(number, os.strerror(number))

    with contextlib.ExitStack() as stack:
        for call in calls:
            stack.enter_context(mock.patch.object(os, call, fail))
        yield
