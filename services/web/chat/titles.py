"""A chat's title from its first question. Pure."""

import re

TITLE_CHARS = 60
TELLING_CHARS = 10
"""A first sentence shorter than this ("Hi.") says nothing alone."""

_FENCED = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_LINE_START = re.compile(r"^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+|\d{1,3}[.)]\s+)+", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")
_EMPHASIS = re.compile(r"(\*{1,3}|~~|`{1,2}|(?<!\w)_{1,2}(?=\S))(\S(?:.*?\S)?)\1")
_SENTENCE = re.compile(r".+?(?:[.!?。？！…]+(?=\s|$)|[。？！]|$)\s*")


def plain(text: str) -> str:
    """One line without Markdown's marks; code blocks are left out where there is anything else."""
    words = _FENCED.sub(" ", text)
    for pattern, kept in ((_LINE_START, ""), (_LINK, r"\1"), (_EMPHASIS, r"\2"), (_EMPHASIS, r"\2")):
        words = pattern.sub(kept, words)
    words = re.sub(r"^[-*_=|: ]+$", "", words, flags=re.MULTILINE)
    return " ".join(words.split()) or " ".join(text.replace("`", " ").split())


def title_of(question: str, limit: int = TITLE_CHARS) -> str:
    """The first sentence that says something, cut between words where it is longer than `limit`."""
    line = plain(question)
    title = ""
    for match in _SENTENCE.finditer(line):
        title += match.group()
        if len(title.strip()) >= TELLING_CHARS:
            break
    title = re.sub(r"(?<![.。])[.。]$|[\s,;:]+$", "", title.strip()) or line
    if len(title) <= limit:
        return title
    cut = title.rfind(" ", 1, limit)
    return re.sub(r"[\s,.;:]+$", "", title[: cut if cut > 0 else limit - 1]) + "…"
