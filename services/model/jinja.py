"""Chat templates of GGUF files: sandboxed Jinja with the names that model makers rely on.

The environment (block trimming, loop controls, `raise_exception`, `strftime_now`, `tojson`) is the one of Hugging
Face's chat templates: https://huggingface.co/docs/transformers/chat_templating
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

Turns = Sequence[tuple[str, str]]


class TemplateRefused(Exception):
    """The template cannot be read, or does not take this conversation."""


def _raise(message: str) -> NoReturn:
    raise TemplateRefused(message)


def _tojson(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


class Renderer:
    """One template with its BOS and EOS texts and one day: what it renders does not change while the process lives."""

    def __init__(self, template: str, *, bos_text: str, eos_text: str, now: datetime | None = None) -> None:
        """Raises TemplateRefused for a template that does not parse."""
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _tojson
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = (now or datetime.now().astimezone()).strftime
        self._names = {"bos_token": bos_text, "eos_token": eos_text}
        try:
            self._template = environment.from_string(template)
        except jinja2.TemplateError as error:
            raise TemplateRefused(f"the chat template cannot be read: {error}") from None

    def render(self, turns: Turns, *, generation_prompt: bool = True) -> str:
        """Raises TemplateRefused when the template raises or fails on these turns."""
        messages = [{"role": role, "content": content} for role, content in turns]
        try:
            return self._template.render(messages=messages, add_generation_prompt=generation_prompt, **self._names)
        except (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise TemplateRefused(str(error)) from None
