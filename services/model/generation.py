"""All generations under way: admission, the next step's batch, and what comes out of it."""

import itertools
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from services.core.errors import Busy, OndolError, ProtocolError
from services.core.protocol.frames import (
    Failed,
    Finished,
    FinishReason,
    Generate,
    Started,
    TokenLogprob,
    Tokens,
)
from services.model import scheduler
from services.model.admission import Arrival, admit_request
from services.model.engine.base import Engine, Outcome, Slice
from services.model.forecast import Rules
from services.model.kv.keeper import Keeper
from services.model.runs import Run, Share, Totals
from services.model.sequences import Sequences
from services.model.speeds import Speeds
from services.model.telling import Emit, Teller

log = logging.getLogger(__name__)

VANISHED_KEEP_S = 120.0
"""A web process that died is back in seconds and goes on with its answers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`parallel` answers at once, `max_queue` waiting, `max_stall_s` between two tokens of one of them."""

    parallel: int
    max_queue: int
    max_stall_s: float


class Generation:
    """Belongs to the worker thread. `emit(connection, frame)` hands frames out."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        speeds: Speeds,
        clock: Callable[[], float],
        emit: Emit,
        keeper: Keeper | None = None,
    ) -> None:
        self.engine = engine
        self.keeper = keeper or Keeper(engine, None, speeds, clock)
        self.sequences = Sequences(engine, clock, self.keeper)
        self.totals = Totals()
        self.waiting: list[Run] = []
        self.active: list[Run] = []
        self._limits = limits
        self.tight = False
        """Memory is short: one answer at a time until it is not."""
        self._speeds = speeds
        self._clock = clock
        self._emit = emit
        self._numbers = itertools.count(1)
        rules = Rules(limits.parallel, limits.max_stall_s, engine.facts.n_ctx, engine.facts.n_batch)
        self.teller = Teller(self.active, self.sequences, speeds, rules, clock, emit)
        self.drafting: str | None = None
        """The chat whose draft is being read in the step under way; nobody waits for that step."""
        self._no_room_for: tuple[Run, int] | None = None
        """Who found no room beside how many: those only grow, so looking again is of no use until one of them goes."""

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.active

    @property
    def fetching(self) -> bool:
        """Whether all that can be done is to wait for kept prefixes from disk."""
        return not self.active and bool(self.waiting) and self._next_run() is None

    @property
    def chatting(self) -> bool:
        """Whether a person waits for tokens."""
        return any(not run.draft for run in itertools.chain(self.active, self.waiting))

    # --- requests -----------------------------------------------------------------------------------------------

    def submit(self, connection: int, request: Generate) -> None:
        """Take a request in, or answer at once why not."""
        try:
            self._check_free(connection, request)
            arrival = Arrival(connection, next(self._numbers), self._clock())
            run = admit_request(self.engine, request, arrival)
        except OndolError as error:
            self._emit(connection, Failed(request.id, error.code, error.message, error.params))
            return
        self._end_drafts(run)
        self.waiting.append(run)
        if run.stream.stopped:
            self._finish(run, "stop")
        elif run.only_reads and not self._may_draft(run):
            self._finish(run, "aborted")
        elif run.completion_tokens and run.tokens_left == 0:
            self._finish(run, "length")

    def abort(self, connection: int, request_id: int) -> None:
        """End a run; nothing happens when there is none."""
        for run in [*self.waiting, *self.active]:
            if run.connection == connection and run.id == request_id:
                self._finish(run, "aborted")

    def _end_drafts(self, arrival: Run) -> None:
        """What was read for a draft is there to be taken over by the next request of its chat."""
        for run in [*self.waiting, *self.active]:
            same = (run.connection, run.request.cache_key) == (arrival.connection, arrival.request.cache_key)
            if run.only_reads and same:
                self._finish(run, "aborted")

    def _may_draft(self, draft: Run) -> bool:
        """Not while its chat is being answered: what is read would be old by then. Not where a sequence cannot be cut
        back: a draft that changes would cost the whole chat."""
        answering = (run for run in itertools.chain(self.waiting, self.active) if not run.only_reads)
        key = draft.request.cache_key
        return self.engine.capabilities.partial_reuse and all(run.request.cache_key != key for run in answering)

    def vanish(self, connection: int) -> None:
        """The connection is gone: end its runs, keep their sequences warm."""
        for run in [*self.waiting, *self.active]:
            if run.connection == connection:
                self._finish(run, "aborted")
                self.sequences.keep(run.seq, VANISHED_KEEP_S)

    def fail_all(self, error: OndolError) -> None:
        """Something broke in the middle of a step: nobody's state can be trusted any more."""
        for run in [*self.waiting, *self.active]:
            run.sampler.close()
            self.keeper.forget(run.number)
            self._emit(run.connection, Failed(run.id, error.code, error.message, error.params))
        self.waiting.clear()
        self.active.clear()
        self.sequences.forget_all()

    @property
    def _parallel(self) -> int:
        return 1 if self.tight else self._limits.parallel

    def _check_free(self, connection: int, request: Generate) -> None:
        if any(run.connection == connection and run.id == request.id for run in [*self.waiting, *self.active]):
            raise ProtocolError(f"request {request.id} is already under way")
        position = sum(1 for run in self.waiting if not run.draft) + 1
        free = self._parallel - sum(1 for run in self.active if not run.draft)
        if position > self._limits.max_queue + max(free, 0):
            raise Busy(
                f"{position - 1} requests are waiting already; try again later",
                position=position,
                eta_s=self.teller.eta_after(self.line()),
            )

    # --- the step -----------------------------------------------------------------------------------------------

    def step(self) -> bool:
        """Advance everybody once. False when there was nothing to compute."""
        self._admit()
        self.teller.waiting(self.line())
        shares = self._fit(self._plan())
        if not shares:
            return False
        self.drafting = shares[0].run.request.cache_key if shares[0].run.draft else None
        depth, began = self.sequences.used, self._clock()
        outcome = self.engine.decode(
            [
                Slice(
                    share.run.seq,
                    share.start,
                    share.run.tokens[share.start : share.start + share.count],
                    share.complete,
                )
                for share in shares
            ]
        )
        seconds = self._clock() - began
        self.drafting = None
        if outcome is Outcome.DONE:
            self._account(shares, seconds, depth)
            self._advance(shares)
        elif outcome is Outcome.FULL:
            self._relieve()
        return True

    def _plan(self) -> list[Share]:
        runs = self.active
        drafts = any(run.draft for run in runs)
        unread = {run.number: len(run.tokens) - self.sequences.length(run.seq) for run in runs}
        decoding = [run for run in runs if unread[run.number] == 1 and run.started]
        readers = [run for run in runs if run not in decoding]
        budget = scheduler.reading_budget(
            decoding=len(decoding),
            step_s=self._speeds.step_s(len(decoding), self.sequences.used),
            prompt_tokens_per_s=self._speeds.prompt_tokens_per_s(self.sequences.used),
            max_stall_s=self._limits.max_stall_s,
            max_tokens=self.engine.facts.n_batch - len(decoding),
            drafts=drafts,
        )
        counts = scheduler.share_out(
            [scheduler.Reader(run.number, run.user, unread[run.number]) for run in readers], budget, self.totals.steps
        )
        reading = [run for run in readers if run.number in counts]
        return [
            *(Share(run, len(run.tokens) - 1, 1) for run in decoding),
            *(self._slice(run, counts[run.number]) for run in reading),
        ]

    def _slice(self, run: Run, count: int) -> Share:
        start = self.sequences.length(run.seq)
        if run.request.repeatable and len(self.active) == 1:
            count = scheduler.repeatable_slice(start, len(run.tokens) - 1, count)
        return Share(run, start, count)

    def _fit(self, shares: list[Share]) -> list[Share]:
        """Make room for a step; where idle sequences do not suffice, the youngest run waits."""
        while shares and not self.sequences.make_room(sum(share.count for share in shares)):
            youngest = max(self.active, key=lambda run: (run.draft, run.admitted, run.number))
            if len(self.active) == 1:
                self._finish(youngest, "length")
                return []
            self._park(youngest)
            shares = [share for share in shares if share.run is not youngest]
        return shares

    def _relieve(self) -> None:
        """The pool was full although the ledger had room: give everything idle back, then the youngest run."""
        log.warning("the pool was full with %d of %d cells used", self.sequences.used, self.engine.facts.n_ctx)
        if self.sequences.resident:
            self.sequences.forget_idle()
        elif len(self.active) > 1:
            self._park(max(self.active, key=lambda run: (run.draft, run.admitted, run.number)))
            self.sequences.forget_idle()
        else:
            self._finish(self.active[0], "length")

    def _account(self, shares: list[Share], seconds: float, depth: int) -> None:
        decoding = sum(1 for share in shares if share.count == 1 and share.run.started)
        read = sum(share.count for share in shares) - decoding
        self._speeds.add_step(seconds, decoding, read, depth)
        self.totals.steps += 1
        self.totals.read_tokens += read

    def _advance(self, shares: list[Share]) -> None:
        for share in shares:
            self.sequences.grow(share.run.seq, share.run.tokens[share.start : share.start + share.count])
        for row, share in enumerate(shares):
            if share.complete:
                self._next_token(share.run, row)
        self.teller.progress(share.run for share in shares if not share.complete and not share.run.started)

    def _next_token(self, run: Run, row: int) -> None:
        if not run.started:
            self._start(run)
        if run.tokens_left == 0:
            self._finish(run, "length")
            return
        try:
            token, logprob = run.sampler.sample(row)
        except OndolError as error:
            self._fail(run, error)
            return
        run.last_token = self._clock()
        if not run.first_token:
            run.first_token = run.last_token
            self.teller.came(run)
        run.fresh_tokens += 1
        if self.engine.ends(token):
            self._finish(run, "stop")
            return
        run.tokens.append(token)
        self.totals.completion_tokens += 1
        text = run.stream.feed(self.engine.piece(token))
        reason: FinishReason | None = "stop" if run.stream.stopped else "length" if run.tokens_left == 0 else None
        if reason:
            text += run.stream.finish()
        self._emit_token(run, token, text, logprob)
        if reason:
            self._finish(run, reason)

    def _emit_token(self, run: Run, token: int, text: str, logprob: TokenLogprob | None) -> None:
        self._emit(run.connection, Tokens(run.id, (token,), text, (logprob,) if logprob else ()))

    # --- life of a run ------------------------------------------------------------------------------------------

    def _admit(self) -> None:
        """Let in whoever finds a place. New ones hear of it when all are in, so that their estimates count everyone."""
        fresh = []
        while self.waiting and (run := self._admit_next()):
            if not run.admitted:
                run.admitted = self._clock()
                fresh.append(run)
        self.teller.progress(fresh)

    def _admit_next(self) -> Run | None:
        run = self._next_run()
        if run is None or self._no_room_for == (run, len(self.active)):
            return None
        if run.draft and any(not other.draft for other in self.active):
            return None
        if not run.draft:
            self._park_drafts()
        if len(self.active) >= self._parallel:
            return None
        pending = sum(
            len(other.tokens) - self.sequences.length(other.seq) + min(scheduler.HEADROOM_TOKENS, other.tokens_left)
            for other in self.active
        )
        headroom = min(scheduler.HEADROOM_TOKENS * (4 if run.parked else 1), run.tokens_left)
        place = self.sequences.place(run.tokens, run.request.cache_key, pending=pending, headroom=headroom)
        if place is None:
            self._no_room_for = (run, len(self.active))
            return None
        run.seq = place.seq
        self.sequences.hold_back(run.seq, run.unsent_from)
        cached = self.sequences.restore(run.seq, self.keeper.fetched(run.number))
        self.keeper.restored(cached - place.cached)
        run.cached = cached if run.cached is None else run.cached
        self.waiting.remove(run)
        self.active.append(run)
        return run

    def _next_run(self) -> Run | None:
        """The first in line; with room for one more, the first whose kept prefix is not being read from disk."""
        line = self.line()
        if len(self.active) >= self._parallel:
            return line[0]
        return next((run for run in line if not self._fetching(run)), None)

    def _fetching(self, run: Run) -> bool:
        key = run.request.cache_key
        fetching = self.keeper.fetching(run.number, run.tokens, lambda: self.sequences.known(run.tokens, key))
        run.kept = self.keeper.coming(run.number)
        return fetching

    def line(self) -> list[Run]:
        """Waiting runs in the order of admission."""
        entries = [
            scheduler.Waiting(run.number, run.user, run.arrived, draft=run.draft, parked=run.parked)
            for run in self.waiting
        ]
        by_number = {run.number: run for run in self.waiting}
        users = Counter(run.user for run in self.active if not run.draft)
        return [by_number[number] for number in scheduler.order(entries, users)]

    def _park_drafts(self) -> None:
        """Beside an answer their cells would cost each of its steps time."""
        for run in [run for run in self.active if run.draft]:
            self._park(run)

    def _park(self, run: Run) -> None:
        """Its tokens stay, its cells may go; it is read again when there is room."""
        self.sequences.release(run.seq)
        run.seq = -1
        self.active.remove(run)
        self.waiting.append(run)

    def _start(self, run: Run) -> None:
        run.started = True
        cached = min(run.cached or 0, run.prompt_tokens)
        if not run.only_reads:
            self.totals.prompt_tokens += run.prompt_tokens
            self.totals.cached_tokens += cached
        self._emit(run.connection, Started(run.id, run.prompt_tokens, cached, run.context))

    def _finish(self, run: Run, reason: FinishReason) -> None:
        rest = run.stream.finish()
        if not run.started and reason != "aborted":
            self._start(run)
        if rest:
            self._emit(run.connection, Tokens(run.id, (), rest))
        self._emit(run.connection, Finished(run.id, reason, run.usage(), run.timings(self._clock())))
        run.sampler.close()
        self.keeper.forget(run.number)
        if run.seq >= 0:
            self.sequences.release(run.seq)
            self.active.remove(run)
        else:
            self.waiting.remove(run)
        if reason != "aborted" and not run.draft:
            self._speeds.add_answer(run.completion_tokens)

    def _fail(self, run: Run, error: OndolError) -> None:
        """This run cannot go on; the others do."""
        run.sampler.close()
        self.sequences.release(run.seq)
        self.active.remove(run)
        self._emit(run.connection, Failed(run.id, error.code, error.message, error.params))
