"""A chat's messages as tokens, by the model's own template, so that a growing chat only grows at its end.

The template is probed once with sentinels (`glue.py`); after that turns are appended as token deltas and a generated
answer is continued as the tokens it was generated as. A template that cannot be used so is rendered again each time
(`ChatFormat.exact` is False and `reason` says why), with the contents still tokenised apart from the template's text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.core.protocol.frames import Message
from services.model.fallback import fallback_template
from services.model.glue import Edges, Glue, find_glue, sentinel, split
from services.model.jinja import Renderer, TemplateRefused
from services.model.pieces import Pieces, Tokenizer
from services.model.turns import Turn, as_turns

__all__ = ["ChatFormat", "Encoded", "Tokenizer", "probe"]

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Tokens of one part, or of template text (`part_id` None). `message` is the message they are counted with."""

    part_id: str | None
    tokens: tuple[int, ...]
    message: int


class ChatFormat:
    """How one model wants its chats. `exact`: encoding is append-only; otherwise `reason` says why not.

    `template_found` is False when the file has no usable template and a common format was chosen by vocabulary.
    """

    def __init__(
        self, pieces: Pieces, glue: Glue | None, renderer: Renderer, *, reason: str = "", template_found: bool = True
    ) -> None:
        self._pieces = pieces
        self._glue = glue
        self._renderer = renderer
        self._takes_system = glue.system_head is not None if glue else _takes_system(renderer)
        self.exact = glue is not None
        self.reason = reason
        self.template_found = template_found

    def encode(self, messages: Sequence[Message], tokenizer: Tokenizer | None = None) -> list[Encoded]:
        """Every part in order with the template's text around it, ending where the answer begins.

        `encode(history)` + the answer's tokens is a prefix of `encode(history + answer + question)`, whether or not
        those tokens end with the end-of-turn token. `tokenizer` may be left out: the format has its own.
        """
        system, turns = as_turns(messages, system_allowed=self._takes_system)
        out = _Writer(self._pieces)
        if self._glue:
            _append(self._glue, system, turns, out)
        else:
            _render(self._renderer, system, turns, out)
        return out.encoded


class _Writer:
    """Collects encoded pieces. Spaces at the end of template text go to the content behind it, as one text would."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self.encoded: list[Encoded] = []

    def glue(self, text: str, message: int, *, keep_space: bool = False) -> str:
        """Write template text; returns the spaces that the next content must begin with."""
        bare = text if keep_space else text.rstrip(" ")
        tokens = self._pieces.glue(bare, first=not self.encoded)
        last = self.encoded[-1].tokens[-1:] if self.encoded else ()
        if last and last == tokens[:1] and last[0] in self._pieces.markers:
            tokens = tokens[1:]
        if tokens:
            self.encoded.append(Encoded(None, tokens, message))
        return text[len(bare) :]

    def said(self, turn: Turn, pad: str, edges: Edges) -> None:
        """Write the contents of a turn, beginning with `pad`."""
        last = len(turn.said) - 1
        for place, said in enumerate(turn.said):
            if place:
                self.encoded.append(Encoded(None, self._pieces.content(_BETWEEN), said.message))
            for at, part in enumerate(said.parts):
                begins, ends = place == at == 0, place == last and at == len(said.parts) - 1
                tokens = part.tokens
                if tokens is None:
                    text = edges.apply(part.text, first=begins, last=ends)
                    tokens = self._pieces.content(pad + text if begins else text)
                self.encoded.append(Encoded(part.id, tokens, said.message))


def _message_of(turn: Turn, default: int) -> int:
    return turn.said[0].message if turn.said else default


def _was_generated(turn: Turn) -> bool:
    first = next((part for said in turn.said for part in said.parts), None)
    return first is not None and first.tokens is not None


def _append(glue: Glue, system: Turn | None, turns: list[Turn], out: _Writer) -> None:
    lead, message = glue.head, 0
    if system and glue.system_head is not None:
        out.said(system, out.glue(glue.system_head, message), Edges())
        lead = glue.system_close
    for turn in turns:
        message = _message_of(turn, message)
        if turn.role == "user":
            out.said(turn, out.glue(lead, message), glue.user_edges)
        elif _was_generated(turn):
            out.glue(glue.answer, message, keep_space=True)
            out.said(turn, "", glue.assistant_edges)
        else:
            out.said(turn, _told(glue, message, out), glue.assistant_edges)
        lead = glue.close
    out.glue(glue.answer, message, keep_space=True)


def _told(glue: Glue, message: int, out: _Writer) -> str:
    """Template text before an answer given as text. Where it begins like a fresh answer's, so do its tokens."""
    rest = glue.told.removeprefix(glue.answer) if glue.told.startswith(glue.answer) else None
    if rest is None or rest.strip(" "):
        return out.glue(glue.told, message)
    out.glue(glue.answer, message, keep_space=True)
    return rest


def _render(renderer: Renderer, system: Turn | None, turns: list[Turn], out: _Writer) -> None:
    whole = [*([system] if system else []), *turns]
    texts, order = split(renderer.render([(turn.role, sentinel(i)) for i, turn in enumerate(whole)]))
    message = 0
    for text, number in zip(texts, order, strict=False):
        turn = whole[number]
        message = _message_of(turn, message)
        out.said(turn, out.glue(text, message), Edges())
    out.glue(texts[-1], message, keep_space=True)


def _takes_system(renderer: Renderer) -> bool:
    try:
        _, order = split(renderer.render([("system", sentinel(0)), ("user", sentinel(1))]))
    except TemplateRefused:
        return False
    return order == [0, 1]


def _check_rendering(renderer: Renderer) -> None:
    """Raises TemplateRefused when a plain conversation does not survive the template."""
    _, order = split(renderer.render([("user", sentinel(0)), ("assistant", sentinel(1)), ("user", sentinel(2))]))
    if 2 not in order:
        raise TemplateRefused("the template leaves the question out")


def probe(
    template: str,
    tokenizer: Tokenizer,
    *,
    bos_text: str,
    eos_text: str,
    controls: Mapping[int, str] | None = None,
    now: datetime | None = None,
) -> ChatFormat:
    """The chat format of a model. Never fails: an empty or unusable template gives a common format by vocabulary.

    `controls` are the vocabulary's control tokens: text from people and documents never becomes one of them.
    """
    reason = "the model file has no chat template"
    if template.strip():
        try:
            renderer = Renderer(template, bos_text=bos_text, eos_text=eos_text, now=now)
            return _format(renderer, tokenizer, (template, bos_text, eos_text), controls)
        except TemplateRefused as error:
            reason = f"the model's chat template cannot be used: {error}"
    template = fallback_template(tokenizer)
    renderer = Renderer(template, bos_text=bos_text, eos_text=eos_text, now=now)
    glue = find_glue(renderer)
    pieces = Pieces(tokenizer, (*glue.texts, bos_text, eos_text), controls)
    return ChatFormat(pieces, glue, renderer, reason=reason, template_found=False)


def _format(
    renderer: Renderer, tokenizer: Tokenizer, texts: tuple[str, ...], controls: Mapping[int, str] | None
) -> ChatFormat:
    try:
        glue = find_glue(renderer)
    except TemplateRefused as error:
        _check_rendering(renderer)
        return ChatFormat(Pieces(tokenizer, texts, controls), None, renderer, reason=str(error))
    return ChatFormat(Pieces(tokenizer, (*texts, *glue.texts), controls), glue, renderer)
