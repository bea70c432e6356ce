"""What both sides of a benchmark say: the same questions, of the same length, and answers of the same length."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.core.protocol.frames import Message, Part, Sampling

_TEXT = (
    "please tell me how the warm floor of an old house was built from flat stones over channels that carried smoke "
    "from the kitchen fire to the far wall and why the rooms stayed warm through a long winter night while the people "
    "slept on thin mats near the fire side and kept the cold side for guests who came late and left early in spring"
)
_WORDS = _TEXT.split()
SAMPLING = Sampling(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05, seed=11, ignore_eos=True)


def question(number: int, words: int) -> str:
    """About 1.1 tokens a word; no two numbers begin alike."""
    source = itertools.islice(itertools.cycle(_WORDS), number % len(_WORDS), number % len(_WORDS) + words)
    return f"{number}. " + " ".join(source) + "?"


@dataclass(frozen=True, slots=True)
class Script:
    """One user's turns: words asked and tokens answered, each time."""

    user: int
    turns: int
    words: int
    answer_tokens: int

    def again(self, number: int) -> "Script":
        """The same in other words, so that nothing of an earlier round is found in a cache."""
        return replace(self, user=self.user + 100 * number)

    def messages(self, turn: int, answers: Sequence[tuple[int, ...]]) -> tuple[Message, ...]:
        """The chat up to question `turn`, earlier answers as the tokens they were."""
        chat: list[Message] = []
        for number in range(turn + 1):
            text = question(self.user * 31 + number, self.words)
            chat.append(Message("user", (Part(f"q{number}", text),)))
            if number < turn:
                chat.append(Message("assistant", (Part(f"a{number}", "", answers[number]),)))
        return tuple(chat)
