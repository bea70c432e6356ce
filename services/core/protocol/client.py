"""The caller's end of `run/model.sock`: connects for life, shakes hands, and sorts answers to their requests.

One reader task demultiplexes. When the connection ends, every waiting request ends at once with ModelUnavailable; the
client then tries again until it is closed.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Literal

from services.core.errors import ModelUnavailable, ProtocolError, error_from
from services.core.protocol.codec import answer_decoder, encode
from services.core.protocol.frames import (
    PROTOCOL_VERSION,
    Abort,
    Answer,
    CheckPrefixes,
    CountTokens,
    Embed,
    Embedded,
    Failed,
    Finished,
    Frame,
    Generate,
    GetStats,
    Hello,
    Message,
    ModelState,
    PrefixStatus,
    PrefixStatuses,
    Priority,
    Progress,
    Queued,
    Rerank,
    Reranked,
    Started,
    Stats,
    TokenCounts,
    Tokens,
)

log = logging.getLogger(__name__)

RunFrame = Queued | Progress | Started | Tokens | Finished
StateListener = Callable[[ModelState | None], None]
_Inbox = asyncio.Queue[Answer | None]
RETRY_S = 0.2
READ_BYTES = 65536


class ModelClient:
    """Use `start()` once, then the request methods from any task of the same loop."""

    def __init__(self, socket_path: Path, client: str) -> None:
        self._path = socket_path
        self._name = client
        self._ids = itertools.count(1)
        self._waiting: dict[int, _Inbox] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._listeners: list[StateListener] = []
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.state: ModelState | None = None
        """Last word of the model process; None while there is no connection."""
        self.lives = 0
        """How many different model processes have shaken hands."""
        self._life: tuple[int, float] | None = None

    # --- life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Connect in the background and stay connected."""
        self._task = asyncio.create_task(self._connect_for_life(), name="model-client")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._drop_connection()

    def listen(self, listener: StateListener) -> None:
        """Call `listener` at each change of state; None means the process is away."""
        self._listeners.append(listener)

    @property
    def ready(self) -> bool:
        return self.state is not None and self.state.state == "ready"

    async def wait_ready(self, silence_s: float) -> None:
        """Return when the model answers, however long it takes to load it.

        Raises ModelUnavailable with the reason after `silence_s` without a word of the process, or at once when it says
        that it has no usable model.
        """
        while not self.ready:
            if self.state is not None and self.state.state == "unavailable":
                raise self.unavailable()
            self._changed.clear()
            try:
                async with asyncio.timeout(silence_s):
                    await self._changed.wait()
            except TimeoutError:
                raise self.unavailable() from None

    def unavailable(self) -> ModelUnavailable:
        """What is wrong with the model now, as an error."""
        if self.state is None:
            return ModelUnavailable("the model process is starting; try again in a moment", reason="away")
        if self.state.state == "unavailable":
            cause = self.state.died if self.state.deaths else None
            return ModelUnavailable(self.state.reason, reason=self.state.reason, cause=cause)
        return ModelUnavailable("the model is being loaded; try again in a moment", reason=self.state.state)

    # --- requests -----------------------------------------------------------------------------------------------

    def next_id(self) -> int:
        """An id for a Generate, unique on this client."""
        return next(self._ids)

    async def generate(self, request: Generate) -> AsyncIterator[RunFrame]:
        """Yield the frames of one generation up to Finished. Leaving the iterator early aborts it.

        Raises ModelUnavailable when the process goes away, and whatever typed error the model answers.
        """
        request_id, over = request.id, False
        inbox = self._open(request_id)
        try:
            self._send(request)
            del request  # it may be a long chat, and the answer long under way
            while not over:
                answer = await self._next(inbox)
                match answer:
                    case Queued() | Progress() | Started() | Tokens():
                        yield answer
                    case Finished():
                        over = True
                        yield answer
                    case Failed():
                        over = True
                        raise _error(answer)
                    case _:
                        raise ProtocolError(f"{type(answer).__name__} does not answer a Generate")
        finally:
            del self._waiting[request_id]
            if not over:
                self.abort(request_id)

    def abort(self, request_id: int) -> None:
        """Ask for the end of a request; harmless when it has ended. Its iterator still gets Finished."""
        with contextlib.suppress(ModelUnavailable):
            self._send(Abort(id=request_id))

    async def embed(
        self, texts: Sequence[str], *, kind: Literal["query", "passage"], priority: Priority = "query"
    ) -> list[bytes]:
        """One float32 little-endian blob a text. Raises ModelUnavailable."""
        answer = await self._ask(Embed(id=self.next_id(), texts=tuple(texts), kind=kind, priority=priority))
        if not isinstance(answer, Embedded):
            raise ProtocolError(f"{type(answer).__name__} does not answer an Embed")
        return list(answer.vectors)

    async def rerank(self, query: str, texts: Sequence[str], within_s: float | None = None) -> tuple[float, ...]:
        """A score for each of the first texts, as many as are read in time, higher is better; a caller that is
        cancelled ends it there too. Raises ModelUnavailable, also when no reranking model is loaded."""
        request = Rerank(id=self.next_id(), query=query, texts=tuple(texts), within_s=within_s)
        try:
            answer = await self._ask(request)
        except asyncio.CancelledError:
            self.abort(request.id)
            raise
        if not isinstance(answer, Reranked):
            raise ProtocolError(f"{type(answer).__name__} does not answer a Rerank")
        return answer.scores

    async def count_tokens(
        self, texts: Sequence[str], vocabulary: Literal["chat", "embedder"] = "chat"
    ) -> tuple[int, ...]:
        """Tokens of each text, no special tokens added. Raises ModelUnavailable."""
        answer = await self._ask(CountTokens(id=self.next_id(), texts=tuple(texts), vocabulary=vocabulary))
        if not isinstance(answer, TokenCounts):
            raise ProtocolError(f"{type(answer).__name__} does not answer a CountTokens")
        return answer.counts

    async def stats(self) -> Stats:
        """Raises ModelUnavailable."""
        answer = await self._ask(GetStats(id=self.next_id()))
        if not isinstance(answer, Stats):
            raise ProtocolError(f"{type(answer).__name__} does not answer a GetStats")
        return answer

    async def check_prefixes(self, prefixes: Sequence[tuple[Message, ...]]) -> tuple[PrefixStatus | None, ...]:
        """How warm chats beginning so would start, in order. Raises ModelUnavailable."""
        answer = await self._ask(CheckPrefixes(id=self.next_id(), prefixes=tuple(prefixes)))
        if not isinstance(answer, PrefixStatuses):
            raise ProtocolError(f"{type(answer).__name__} does not answer a CheckPrefixes")
        return answer.statuses

    # --- inside -------------------------------------------------------------------------------------------------

    def _open(self, request_id: int) -> _Inbox:
        if request_id in self._waiting:
            raise ProtocolError(f"request {request_id} is already under way")
        return self._waiting.setdefault(request_id, asyncio.Queue())

    async def _ask(self, request: Embed | Rerank | CountTokens | GetStats | CheckPrefixes) -> Answer:
        inbox = self._open(request.id)
        try:
            self._send(request)
            answer = await self._next(inbox)
        finally:
            del self._waiting[request.id]
        if isinstance(answer, Failed):
            raise _error(answer)
        return answer

    async def _next(self, inbox: _Inbox) -> Answer:
        answer = await inbox.get()
        if answer is None:
            raise ModelUnavailable("the model process went away; it is being restarted", reason="away")
        return answer

    def _send(self, frame: Frame) -> None:
        if self._writer is None or self._writer.is_closing():
            raise self.unavailable()
        self._writer.write(encode(frame))

    async def _connect_for_life(self) -> None:
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(str(self._path))
                self._writer.write(encode(Hello(protocol=PROTOCOL_VERSION, client=self._name)))
                await self._read(reader)
            except (OSError, ProtocolError) as error:
                log.debug("no model process at %s: %s", self._path, error)
            self._drop_connection()
            await asyncio.sleep(RETRY_S)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        decoder = answer_decoder()
        while data := await reader.read(READ_BYTES):
            for answer in decoder.feed(data):
                if isinstance(answer, ProtocolError):
                    log.error("model sent %s", answer.message)
                elif isinstance(answer, ModelState):
                    self._set_state(answer)
                else:
                    self._deliver(answer)

    def _deliver(self, answer: Answer) -> None:
        if isinstance(answer, ModelState):
            return
        if answer.id is None:
            log.error("model refused a frame: %s", answer.message if isinstance(answer, Failed) else answer)
            return
        inbox = self._waiting.get(answer.id)
        if inbox is not None:
            inbox.put_nowait(answer)

    def _drop_connection(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for inbox in self._waiting.values():
            inbox.put_nowait(None)
        if self.state is not None:
            self._set_state(None)

    def _set_state(self, state: ModelState | None) -> None:
        if state is not None and (state.pid, state.started_at) != self._life:
            self._life = (state.pid, state.started_at)
            self.lives += 1
        self.state = state
        self._changed.set()
        for listener in self._listeners:
            listener(state)


def _error(failed: Failed) -> Exception:
    return error_from(failed.code, failed.message, failed.params)
