"""Text to tokens, piece by piece, so that pieces laid side by side read like one text and people's words stay words.

Two traps are closed here. SentencePiece vocabularies put a space before whatever they are given, so a piece that stands
behind another one is tokenised behind an anchor, which is cut off again. And text from people or documents must never
become a control token (`</s>`, `<|im_end|>`), not even by merging its characters: such text is cut inside the marker.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Protocol

_ANCHORS = ("\n", ".", "a", "0")
_MARKERS = re.compile(r"<[^<>\s]{1,40}>|\[/?[A-Z_]{2,24}\]")


class Tokenizer(Protocol):
    """A vocabulary. `bos` is the token a text begins with, None when the vocabulary asks for none (`add_bos` false)."""

    @property
    def bos(self) -> int | None: ...

    @property
    def eos(self) -> int | None: ...

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Tokens of `text`, no BOS or EOS added. `special` parses control tokens: for template text only."""
        ...


class Pieces:
    """Tokenises glue (template text) and content (anybody's text) for one vocabulary and one template."""

    def __init__(
        self, tokenizer: Tokenizer, template_texts: Iterable[str], controls: Mapping[int, str] | None = None
    ) -> None:
        """`controls`: control tokens with their texts; those in the template's text are found here."""
        self._tokenizer = tokenizer
        self._anchors = _usable_anchors(tokenizer)
        self._glue: dict[tuple[str, bool], tuple[int, ...]] = {}
        self.markers = {**(controls or {}), **_markers(tokenizer, template_texts)}

    def glue(self, text: str, *, first: bool = False) -> tuple[int, ...]:
        """Template text; `first` where nothing stands before it: there BOS is put if the vocabulary wants one."""
        key = (text, first)
        if key not in self._glue:
            tokens = self._tokenizer.tokenize(text, special=True) if first else self._behind(text, special=True)
            bos = self._tokenizer.bos
            if first and bos is not None and tokens[:1] != [bos]:
                tokens = [bos, *tokens]
            self._glue[key] = tuple(tokens)
        return self._glue[key]

    def content(self, text: str) -> tuple[int, ...]:
        """Text from a person, a document or an older answer, standing behind other tokens."""
        tokens = self._behind(text, special=False)
        if self.markers.keys().isdisjoint(tokens):
            return tuple(tokens)
        return tuple(token for piece in self._cut(text) for token in self._behind(piece, special=False))

    def _cut(self, text: str) -> list[str]:
        """Every marker in `text` cut behind its first character."""
        pattern = "|".join(re.escape(marker) for marker in sorted(self.markers.values(), key=len, reverse=True))
        cuts = [match.start() + 1 for match in re.finditer(pattern, text)]
        edges = [0, *cuts, len(text)]
        return [text[start:end] for start, end in pairwise(edges)]

    def _behind(self, text: str, *, special: bool) -> list[int]:
        if not text:
            return []
        for anchor, head in self._anchors:
            tokens = self._tokenizer.tokenize(anchor + text, special=special)
            if tokens[: len(head)] == head:
                return tokens[len(head) :]
        return self._tokenizer.tokenize(text, special=special)


def _usable_anchors(tokenizer: Tokenizer) -> list[tuple[str, list[int]]]:
    """Anchors with their tokens; none for a vocabulary that adds no space (there a piece is simply tokenised)."""
    found = []
    for anchor in _ANCHORS:
        head = tokenizer.tokenize(anchor, special=False)
        behind = tokenizer.tokenize(anchor + "a", special=False)
        if head and behind[: len(head)] == head and behind[len(head) :] != tokenizer.tokenize("a", special=False):
            found.append((anchor, head))
    return found


def _markers(tokenizer: Tokenizer, texts: Iterable[str]) -> dict[int, str]:
    """Control tokens that the template's own text uses: token → its text."""
    found = {}
    for text in texts:
        for marker in set(_MARKERS.findall(text)):
            tokens = tokenizer.tokenize(marker, special=True)
            if len(tokens) == 1:
                found[tokens[0]] = marker
    return found
