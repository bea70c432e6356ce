"""From token bytes to text that may be shown: whole characters, and never a stop string or the beginning of one."""

import codecs
from collections.abc import Sequence


class TextStream:
    """Assembles one answer. What it gives out after k tokens depends on those k tokens alone, so feeding the tokens
    of an interrupted answer again restores exactly what was held back."""

    def __init__(self, stop: Sequence[str], *, strip_first_space: bool = False) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stop = tuple(text for text in stop if text)
        self._strip = strip_first_space
        self._held = ""
        self.stopped = False

    def feed(self, piece: bytes) -> str:
        """The text that `piece` makes certain. Sets `stopped` when a stop string is complete; it and what follows is
        dropped."""
        if self.stopped:
            return ""
        text = self._decoder.decode(piece)
        if self._strip and text:
            text, self._strip = text.removeprefix(" "), False
        self._held += text
        at = min((i for i in map(self._held.find, self._stop) if i >= 0), default=-1)
        if at >= 0:
            self.stopped = True
            return self._release(at, drop=True)
        return self._release(len(self._held) - self._possible_stop())

    def finish(self) -> str:
        """The rest, once no token follows. Bytes of an incomplete character are dropped."""
        return "" if self.stopped else self._release(len(self._held))

    def _release(self, length: int, *, drop: bool = False) -> str:
        text, self._held = self._held[:length], "" if drop else self._held[length:]
        return text

    def _possible_stop(self) -> int:
        """Length of the longest end of the held text that may become a stop string."""
        longest = 0
        for stop in self._stop:
            for length in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:length]):
                    longest = length
                    break
        return longest
