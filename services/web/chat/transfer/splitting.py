"""The elements of a JSON file's first array, one after another: a file of any size is read a chat at a time. Pure."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)


class Splitter:
    """Feed it pieces of a file. The array is the whole file, or the first one in the object that the file is. What is
    not valid JSON comes out as elements that no decoder takes, or not at all."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._tail = b""
        self._depth = 0
        self._array_depth = 0
        self._in_string = False
        self._element = bytearray()
        self._inside = False
        self._oversize = False

    @property
    def found(self) -> bool:
        """Whether there was an array."""
        return self._array_depth != 0

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Elements that are complete now; None for one that is larger than `max_bytes`."""
        data = self._tail + data
        self._tail = b""
        if (len(data) - len(data.rstrip(b"\\"))) % 2:
            data, self._tail = data[:-1], data[-1:]
        begun = 0
        for match in _TOKEN.finditer(data):
            token = match.group()
            if token == b'"':
                self._in_string = not self._in_string
            elif self._in_string or token[:1] == b"\\":
                continue
            elif token in b"[{":
                if self._opens(token):
                    begun = match.start()
            elif self._closes():
                yield self._finished(data[begun : match.end()])
        if self._inside:
            self._keep(data[begun:])

    def _opens(self, token: bytes) -> bool:
        """Whether an element begins here."""
        begins = self._array_depth != 0 and self._depth == self._array_depth
        self._depth += 1
        if self._array_depth == 0 and token == b"[" and self._depth <= 2:
            self._array_depth = self._depth
        self._inside = self._inside or begins
        return begins

    def _closes(self) -> bool:
        """Whether an element ends here."""
        self._depth -= 1
        if self._depth < self._array_depth:
            self._array_depth = -1  # what follows the array is not looked at
        return self._inside and self._depth == self._array_depth

    def _keep(self, data: bytes) -> None:
        if len(self._element) + len(data) > self._max_bytes:
            self._oversize = True
            self._element.clear()
        if not self._oversize:
            self._element += data

    def _finished(self, data: bytes) -> bytes | None:
        self._keep(data)
        whole = None if self._oversize else bytes(self._element)
        self._element.clear()
        self._inside = self._oversize = False
        return whole
