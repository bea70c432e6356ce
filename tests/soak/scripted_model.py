"""A real model process that speaks from a script (`python -m tests.soak.scripted_model`); all but the engine is real.

It answers every request with the same sentence over and over, ten tokens a second, and keeps 1,024 tokens a chat.
"""

import dataclasses
import sys
import time
from collections.abc import Callable, Sequence

from services.core.config import Config
from services.core.protocol.frames import ModelFacts
from services.model.__main__ import main
from services.model.engine.scripted import ScriptedClock, ScriptedEngine
from services.model.loader import Loaded

CHATS = 64
CHAT_TOKENS = 1024
STEP_S = 0.1
SENTENCE = b"The floor is warm and the kettle sings. "


class RealClock(ScriptedClock):
    """A step takes the time that it says."""

    def __call__(self) -> float:
        return time.monotonic()

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)


class Forgetful(list[list[tuple[int, int]]]):
    """The engine notes every step for tests that look at them; ten minutes of notes would be growth."""

    def append(self, _step: list[tuple[int, int]]) -> None:
        pass


def next_token(contents: Sequence[int]) -> int:
    return SENTENCE[len(contents) % len(SENTENCE)]


def load(config: Config, _on_percent: Callable[[int], bool], _on_calibrating: Callable[[], None]) -> Loaded:
    engine = ScriptedEngine(
        next_token, n_ctx=CHATS * CHAT_TOKENS, n_seq_max=CHATS, n_batch=512, clock=RealClock(), base_s=STEP_S, token_s=0
    )
    engine.steps = Forgetful()
    engine.facts = dataclasses.replace(engine.facts, n_ctx_train=CHAT_TOKENS)
    facts = ModelFacts(
        name="scripted",
        file="scripted",
        size_bytes=0,
        demo=False,
        n_ctx=CHAT_TOKENS,
        n_ctx_train=CHAT_TOKENS,
        n_embd=engine.facts.n_embd,
        n_vocab=engine.facts.n_vocab,
        parallel=config.engine.parallel,
        chat_template=True,
    )
    return Loaded(engine, None, "this engine embeds nothing", facts)


if __name__ == "__main__":
    sys.exit(main(load))
