"""What a chat template puts around the turns, found once by rendering sentinels.

A template is *appendable* when the text between two turns depends on their roles alone. Then a conversation only ever
grows at its end and nothing is rendered twice.
"""

import re
from dataclasses import dataclass

from services.model.jinja import Renderer, TemplateRefused

_SENTINEL = re.compile(r"zq9Wt(\d+)kVx")


def sentinel(number: int) -> str:
    """A word that no template contains and that trimming, escaping or JSON leave as it is."""
    return f"zq9Wt{number}kVx"


@dataclass(frozen=True, slots=True)
class Edges:
    """Whether the template strips the text of a role on its left and right."""

    left: bool = False
    right: bool = False

    def apply(self, text: str, *, first: bool, last: bool) -> str:
        """`text` stripped where it is the first or last part of its turn."""
        text = text.lstrip() if first and self.left else text
        return text.rstrip() if last and self.right else text


@dataclass(frozen=True, slots=True)
class Glue:
    """Template text by place. `system_head` is None where the template takes no system turn at the start.

    `answer` is what a fresh answer follows; `told` is what stands before an older answer given as text.
    """

    head: str
    answer: str
    told: str
    close: str
    system_head: str | None
    system_close: str
    user_edges: Edges = Edges()
    assistant_edges: Edges = Edges()

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.head, self.answer, self.told, self.close, self.system_head or "", self.system_close)


def split(text: str) -> tuple[list[str], list[int]]:
    """The texts around the sentinels, and the sentinels' numbers in order."""
    pieces = _SENTINEL.split(text)
    return pieces[::2], [int(number) for number in pieces[1::2]]


def find_glue(renderer: Renderer) -> Glue:
    """Raises TemplateRefused, with the reason, for a template that is not appendable."""
    talk = [(("user", "assistant")[i % 2], sentinel(i)) for i in range(5)]
    texts, order = split(renderer.render(talk))
    if order != list(range(5)):
        raise TemplateRefused("the template does not keep the turns in order")
    head, told, close, answer = texts[0], texts[1], texts[2], texts[5]
    if texts != [head, told, close, told, close, answer]:
        raise TemplateRefused("the template writes earlier turns differently from later ones")
    if split(renderer.render(talk[:1])) != ([head, answer], [0]):
        raise TemplateRefused("the template writes a first turn differently once more turns follow")
    system = _system(renderer, talk, (told, close, answer))
    return Glue(
        head=head,
        answer=answer,
        told=told,
        close=close,
        system_head=system[0] if system else None,
        system_close=system[1] if system else "",
        user_edges=_edges(renderer, talk, 0, head, told),
        assistant_edges=_edges(renderer, talk, 1, told, close),
    )


def _system(renderer: Renderer, talk: list[tuple[str, str]], rest: tuple[str, str, str]) -> tuple[str, str] | None:
    """Text before and behind a system turn, or None where it is refused, left out or moved about."""
    told, close, answer = rest
    try:
        texts, order = split(renderer.render([("system", sentinel(9)), *talk[:3]]))
        alone = split(renderer.render([("system", sentinel(9)), *talk[:1]]))
    except TemplateRefused:
        return None
    if order != [9, 0, 1, 2] or texts[2:] != [told, close, answer] or alone != ([*texts[:2], answer], [9, 0]):
        return None
    return texts[0], texts[1]


def _edges(renderer: Renderer, talk: list[tuple[str, str]], turn: int, before: str, behind: str) -> Edges:
    spaced = [(role, f"\n {text} \n" if i == turn else text) for i, (role, text) in enumerate(talk)]
    texts, _ = split(renderer.render(spaced))
    return Edges(left=texts[turn] == before, right=texts[turn + 1] == behind)
