"""A step loop over the scripted engine, and the requests that tests put to it."""

import time
from collections.abc import Sequence
from typing import TypeVar

from services.core.protocol.frames import Frame, Generate, Message, Part, Role, Sampling, Tokens
from services.model.engine.scripted import Script, ScriptedEmbedder, ScriptedEngine, ScriptedReranker, letters
from services.model.generation import Limits
from services.model.kv.store import KvStore
from services.model.steploop import StepLoop

F = TypeVar("F", bound=Frame)
MOST_STEPS = 5000


class House:
    """`frames` holds everything that was sent, in order, with its connection."""

    def __init__(
        self,
        script: Script = letters,
        *,
        engine: ScriptedEngine | None = None,
        parallel: int = 2,
        max_queue: int = 4,
        max_stall_s: float = 0.05,
        embedder: bool = True,
        reranker: bool = True,
        store: KvStore | None = None,
    ) -> None:
        self.engine = engine or ScriptedEngine(script)
        self.embedder = ScriptedEmbedder(self.engine.clock)
        self.reranker = ScriptedReranker(self.engine.clock)
        self.store = store
        self.frames: list[tuple[int, Frame]] = []
        self.loop = StepLoop(
            self.engine,
            self.embedder if embedder else None,
            Limits(parallel, max_queue, max_stall_s),
            clock=self.engine.clock,
            emit=lambda connection, frame: self.frames.append((connection, frame)),
            reranker=self.reranker if reranker else None,
            store=store,
        )

    def ask(self, request: Generate, connection: int = 1) -> None:
        self.loop.handle(connection, request)

    def run(self, steps: int = MOST_STEPS) -> None:
        """Step until nothing is left to do, or `steps` times."""
        for _ in range(steps):
            if self.loop.idle:
                return
            if self.loop.rest_s():
                time.sleep(0.001)  # the store's threads are at work
            self.loop.step()
        assert steps < MOST_STEPS, "the loop does not come to rest"

    def of(self, request_id: int, kind: type[F], connection: int = 1) -> list[F]:
        """Frames of one request."""
        return [
            f
            for c, f in self.frames
            if c == connection and isinstance(f, kind) and getattr(f, "id", None) == request_id
        ]

    def one(self, request_id: int, kind: type[F], connection: int = 1) -> F:
        (frame,) = self.of(request_id, kind, connection)
        return frame

    def text(self, request_id: int, connection: int = 1) -> str:
        return "".join(frame.text for frame in self.of(request_id, Tokens, connection))

    def tokens(self, request_id: int, connection: int = 1) -> tuple[int, ...]:
        return tuple(token for frame in self.of(request_id, Tokens, connection) for token in frame.tokens)


def said(role: Role, text: str, tokens: tuple[int, ...] | None = None) -> Message:
    return Message(role=role, parts=(Part(id=f"{role}:{text[:12]}", text=text, tokens=tokens),))


def ask(
    request_id: int,
    *texts: str,
    user: str = "u",
    chat: str | None = None,
    max_tokens: int = 20,
    stop: tuple[str, ...] = (),
    resume: Sequence[int] = (),
    history: Sequence[Message] = (),
    draft: bool = False,
) -> Generate:
    """A question; `texts` alternate user, assistant, user…"""
    turns = [said("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(texts)]
    return Generate(
        id=request_id,
        user=user,
        cache_key=chat or f"chat{request_id}",
        messages=(*history, *turns),
        sampling=Sampling(),
        max_tokens=max_tokens,
        stop=stop,
        resume_tokens=tuple(resume),
        priority="draft" if draft else "interactive",
    )
