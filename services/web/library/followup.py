"""What a follow-up question leaves unsaid, out of the conversation and without a model. Pure.

A question leans on what was said before when it points back ("it", 그거), goes on ("and", 그럼), or says too little by
itself. It is then searched together with the questions it leans on and the title of the paper that answered the last
one; its own words weigh double (services/web/library/retrieval.py).
"""

import re
from collections.abc import Sequence

import msgspec

from services.web.library.lexical import query_terms

MAX_BACK = 3
"""Turns: "who signed it?", "when?", "and until when?" all lean on the question before them."""
FEW_WORDS = 3
FEW_KOREAN_WORDS = 3

_POINTS_BACK = re.compile(
    r"\b(it|its|they|them|their|that|this|these|those|he|she|him|her|his|there|same|else|also)\b"
    r"|^(and|but|so|or|then|what about|how about)\b",
    re.IGNORECASE,
)
_POINTS_BACK_KOREAN = re.compile(
    r"(?:^|\s)(?:그|저|이것\S*|이거\S*|이건|이게|그것\S*|그거\S*|그건|그게|그걸|저것\S*|거기\S*|여기\S*|그때\S*|그분\S*"
    r"|그녀\S*|그들\S*|그럼|그러면|그리고|그런데|근데|그래서|그러니까|해당|같은|또)(?=[\s?.,!]|$)"
)
_ASKING_KOREAN = re.compile(r"^(?:누가|누구\S*|언제\S*|어디\S*|얼마\S*|왜|어떻게|어떤|무슨|무엇\S*|뭐\S*|뭘|몇\S*)$")
_SAYS_LITTLE = frozenset(
    re.findall(
        r"\w+",
        "anybody anyone ask call come get give go happen happened happens know let long look make many much need "
        "please say show somebody someone start take tell think time try use want work",
    )
)
_HANGUL = re.compile("[가-힣]")


class Asked(msgspec.Struct, frozen=True):
    """An earlier turn: its question, and the titles of the documents it was answered from, best first."""

    question: str
    titles: tuple[str, ...] = ()


def context_of(question: str, earlier: Sequence[Asked]) -> str:
    """What `question` leans on, oldest first; '' where it stands alone."""
    if not earlier or not leans(question):
        return ""
    said: list[str] = []
    for turn in reversed(earlier[-MAX_BACK:]):
        said.append(turn.question)
        if not leans(turn.question):
            break
    title = earlier[-1].titles[0].rpartition(".")[0] or earlier[-1].titles[0] if earlier[-1].titles else ""
    return " ".join([title, *reversed(said)]).strip()


def leans(question: str) -> bool:
    """Whether a question needs what was said before it."""
    if _POINTS_BACK.search(question) or _POINTS_BACK_KOREAN.search(question):
        return True
    if _HANGUL.search(question):
        words = re.findall(r"\w+", question)
        return sum(not _ASKING_KOREAN.match(word) for word in words) <= FEW_KOREAN_WORDS
    return sum(term.text not in _SAYS_LITTLE for term in query_terms(question)) <= FEW_WORDS
