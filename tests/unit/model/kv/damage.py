"""What can happen to a file."""

import os
from collections.abc import Callable
from pathlib import Path


def _flip(place: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[place] ^= 0x10
        path.write_bytes(data)

    return flip


def _cut(length: int) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, length)


def _become(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def become(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return become


def _folder(path: Path) -> None:
    path.unlink()
    (path / "inner").mkdir(parents=True)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "bit in the magic": _flip(2),
    "bit in the key": _flip(12),
    "bit in the length": _flip(48),
    "bit in the tokens": _flip(70),
    "bit in the contents": _flip(-1),
    "cut in the header": _cut(30),
    "cut in the tokens": _cut(80),
    "cut in the contents": _cut(2000),
    "empty": _cut(0),
    "garbage": _become(lambda _old: os.urandom(5000)),
    "longer": _become(lambda old: old + b"x"),
    "a folder": _folder,
    "gone": Path.unlink,
}
