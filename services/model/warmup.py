"""A few tokens before anybody asks: pages the weights in and gives the scheduler its first speeds."""

import time

from services.model.engine.base import Engine, Slice
from services.model.speeds import Speeds

_READ_TOKENS = 32
_STEPS = 3


def warm_up(engine: Engine, speeds: Speeds) -> None:
    """Read 32 tokens twice (the first time the memory is cold) and decode three; the engine is empty again
    afterwards."""
    tokens = [token % engine.facts.n_vocab for token in range(100, 100 + _READ_TOKENS)]
    engine.decode([Slice(0, 0, tokens, sample=True)])
    engine.cut(0, 0)
    began = time.monotonic()
    engine.decode([Slice(0, 0, tokens, sample=True)])
    speeds.add_step(time.monotonic() - began, 0, _READ_TOKENS)
    for step in range(_STEPS):
        began = time.monotonic()
        engine.decode([Slice(0, _READ_TOKENS + step, tokens[:1], sample=True)])
        speeds.add_step(time.monotonic() - began, 1, 0)
    engine.cut(0, 0)
