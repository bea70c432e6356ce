"""The one thread that owns all native calls: loads, then turns requests into frames, step by step."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from services.core.config import Config
from services.core.errors import ModelUnavailable, OndolError
from services.core.protocol.frames import (
    Death,
    Embed,
    Failed,
    Frame,
    Generate,
    ModelFacts,
    ModelPhase,
    ModelState,
    Progress,
    Queued,
    Request,
    Rerank,
)
from services.model.admission import run_limit
from services.model.footprint import Footprint
from services.model.generation import Limits
from services.model.kv.opening import open_store
from services.model.lives import Life, smaller
from services.model.loader import Loaded, ModelTooLarge, fingerprint, load
from services.model.pressure import Pressure
from services.model.speed_store import SpeedKeeper
from services.model.steploop import StepLoop
from services.model.warmup import warm_up
from services.model.watchdog import Watchdog

log = logging.getLogger(__name__)

RECHECK_S = 5.0
LOAD_STALL_S = 300.0
"""A disk that gives nothing more of the file for so long hangs."""
IDLE_LOOK_S = 5.0
"""Memory is looked at also while nobody asks anything."""
CAUSES: dict[Death, str] = {
    "out_of_memory": "out of memory",
    "native_fault": "a fault in the engine",
    "stuck": "it was stuck",
    "power": "the power went",
    "unknown": "nobody knows why; the log of the model process may say more",
}
_PERCENT_STEP = 5
_CLOSE_S = 0.3


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of a connection."""

    connection: int
    request: Request


@dataclass(frozen=True, slots=True)
class Gone:
    """A connection ended."""

    connection: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End the thread."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Something that was waited for is done."""


Command = Ask | Gone | Stop | Wake


Loader = Callable[[Config, Callable[[int], bool], Callable[[], None]], Loaded]


def _unavailable(reason: str) -> ModelUnavailable:
    return ModelUnavailable(reason, reason=reason)


class Outlet(Protocol):
    """Where the worker's words go. Called from the worker thread."""

    def publish(self, state: ModelState) -> None: ...

    def deliver(self, frames: list[tuple[int, Frame]]) -> None: ...


class Worker:
    """`post` and `stop` from any thread; everything else happens on its own."""

    def __init__(
        self,
        config: Config,
        outlet: Outlet,
        watchdog: Watchdog,
        loader: Loader = load,
        life: Life | None = None,
        on_ready: Callable[[], None] = lambda: None,
        on_resized: Callable[[int], None] = lambda steps: None,
    ) -> None:
        """`config` as it is set; `life.steps` make it smaller."""
        self._life = life or Life()
        self._footprint = Footprint(config, self._life.steps, time.monotonic)
        self._config = smaller(config, self._life.steps)
        self._outlet = outlet
        self._watchdog = watchdog
        self._load = loader
        self._on_ready = on_ready
        self._on_resized = on_resized
        self._inbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._frames: list[tuple[int, Frame]] = []
        self._started_at = time.time()
        self._stopping = threading.Event()
        self._drafting: Callable[[], str | None] = lambda: None
        self._saving = threading.Event()
        self._stop_by = 0.0
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def post(self, command: Command) -> None:
        if isinstance(command, Ask) and self._hurries(command.request) and self._watchdog.interrupt is not None:
            self._watchdog.interrupt()
        self._inbox.put(command)

    def _hurries(self, request: Request) -> bool:
        """Whether somebody waits for `request` while the step under way only reads another chat's draft."""
        drafting = self._drafting()
        match request:
            case Generate(priority="interactive", cache_key=chat):
                return drafting not in {None, chat}
            case Embed(priority="query") | Rerank():
                return drafting is not None
            case _:
                return False

    def stop(self, timeout_s: float, save_s: float = 0.0) -> bool:
        """Ask for the end and wait for it; False when a native call did not let go within `timeout_s`. Up to `save_s`
        from now are used to keep chats warm on disk."""
        self._stop_by = time.monotonic() + save_s
        self._stopping.set()
        self._inbox.put(Stop())
        if self._watchdog.interrupt is not None:
            self._watchdog.interrupt()
        self._thread.join(timeout_s)
        if self._saving.is_set():
            self._thread.join(max(self._stop_by - time.monotonic(), 0.0) + _CLOSE_S)
        return not self._thread.is_alive()

    def state(
        self,
        phase: ModelPhase,
        *,
        reason: str = "",
        percent: int | None = None,
        facts: ModelFacts | None = None,
        embedder_reason: str = "",
        reranker_reason: str = "",
    ) -> ModelState:
        return ModelState(
            state=phase,
            pid=os.getpid(),
            started_at=self._started_at,
            reason=reason,
            percent=percent,
            facts=facts,
            embedder_reason=embedder_reason,
            reranker_reason=reranker_reason,
            died=self._life.died,
            deaths=self._life.deaths,
            steps=self._footprint.steps,
        )

    # --- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            loaded = self._load_until_usable()
            if loaded is not None:
                self._serve(loaded)
        except Exception:
            log.exception("the engine's thread failed; this process ends to be restarted")
            logging.shutdown()
            os._exit(1)

    def _rest(self) -> None:
        """After many deaths in a row: the rest of the house has the box for itself for a while."""
        wait_s = self._life.wait_s(self._config.engine.retry_s)
        if not wait_s:
            return
        reason = (
            f"the model process died {self._life.deaths} times in a row: {CAUSES[self._life.died or 'unknown']}; "
            f"it is tried again in {wait_s:.0f} s; a smaller model or context may help"
        )
        log.error("%s", reason)
        self._outlet.publish(self.state("unavailable", reason=reason))
        self._stopping.wait(wait_s)

    def _load_until_usable(self) -> Loaded | None:
        self._rest()
        while not self._stopping.is_set():
            seen = fingerprint(self._config)
            self._outlet.publish(self.state("loading", percent=0))
            try:
                return self._load_watched()
            except ModelUnavailable as error:
                refused = error
            except OSError as error:
                refused = _unavailable(f"the model cannot be read: {error}")
            except Exception as error:
                log.exception("loading failed")
                refused = _unavailable(f"the model cannot be loaded ({error}); the log of the model process says more")
            if self._stopping.is_set():
                return None
            log.error("no usable model: %s", refused.message)
            self._outlet.publish(self.state("unavailable", reason=refused.message))
            self._refuse_until_changed(seen, refused)
        return None

    def _load_watched(self) -> Loaded:
        try:
            return self._load(self._config, self._on_percent, self._on_calibrating)
        finally:
            self._watchdog.end()

    def _on_calibrating(self) -> None:
        self._outlet.publish(self.state("calibrating"))

    def _on_percent(self, percent: int) -> bool:
        self._watchdog.begin(LOAD_STALL_S)  # anew with every part of the file
        if percent % _PERCENT_STEP == 0:
            self._outlet.publish(self.state("loading", percent=percent))
        return not self._stopping.is_set()

    def _refuse_until_changed(self, seen: object, error: ModelUnavailable) -> None:
        """Answer requests with `error` until the models folder looks different, or memory became free."""
        while not self._stopping.is_set() and fingerprint(self._config) == seen:
            if isinstance(error, ModelTooLarge) and error.fits_now:
                return
            try:
                command = self._inbox.get(timeout=RECHECK_S)
            except queue.Empty:
                continue
            if isinstance(command, Ask) and (request_id := getattr(command.request, "id", None)) is not None:
                self._emit(command.connection, Failed(request_id, error.code, error.message, error.params))
                self._flush()

    def _serve(self, loaded: Loaded) -> None:
        self._watchdog.interrupt = loaded.engine.interrupt
        keeper = SpeedKeeper(self._config.home.root, loaded.speeds_key)
        store = open_store(self._config, loaded.kv_key, lambda: self.post(Wake()))
        warm_up(loaded.engine, keeper.speeds)
        engine = self._config.engine
        loop = StepLoop(
            loaded.engine,
            loaded.embedder,
            Limits(engine.parallel, engine.max_queue, engine.max_stall_ms / 1000),
            clock=time.monotonic,
            emit=self._emit,
            embedder_reason=loaded.embedder_reason,
            reranker=loaded.reranker,
            reranker_reason=loaded.reranker_reason,
            speeds=keeper.speeds,
            store=store,
            save_after_s=engine.kv_save_after_s,
        )
        self._drafting = lambda: loop.generation.drafting
        log.info("%s is ready: %d tokens of context", loaded.facts.file, loaded.facts.n_ctx)
        self._on_ready()
        self._outlet.publish(self._ready(loaded))
        pressure = Pressure()
        while self._take_in(loop):
            self._step(loop)
            self._flush()
            if pressure.look():
                self._tell_pressure(loop, loaded, pressure)
            if (
                steps := self._footprint.look(pressure, idle=loop.idle, cell_bytes=loaded.cell_bytes)
            ) != self._footprint.steps:
                loaded = self._resize(loop, loaded, steps)
            if loop.idle:
                keeper.rest()
        keeper.close()
        self._saving.set()
        loop.close(self._stop_by)
        for model in (loaded.embedder, loaded.reranker, loaded.engine):
            if model:
                model.close()

    def _ready(self, loaded: Loaded) -> ModelState:
        return self.state(
            "ready",
            facts=loaded.facts,
            embedder_reason=loaded.embedder_reason,
            reranker_reason=loaded.reranker_reason,
        )

    def _tell_pressure(self, loop: StepLoop, loaded: Loaded, pressure: Pressure) -> None:
        if pressure.tight:
            log.warning("memory is short (%d MB left): one answer at a time", pressure.free_bytes // 1_000_000)
        loop.tighten(pressure.tight)
        tight_bytes = pressure.free_bytes if pressure.tight else None
        self._outlet.publish(msgspec.structs.replace(self._ready(loaded), tight_bytes=tight_bytes))

    def _resize(self, loop: StepLoop, loaded: Loaded, steps: int) -> Loaded:
        n_ctx, parallel = self._footprint.size(steps)
        log.warning("the context is made %d tokens, %d answers at once", n_ctx, parallel)
        self._outlet.publish(self.state("loading"))
        try:
            loop.resize(n_ctx, parallel)
        except ModelUnavailable as error:
            log.warning("the context stays as it was: %s", error.message)
            self._footprint.settle(self._footprint.steps)
        else:
            self._footprint.settle(steps)
            self._on_resized(steps)
            facts = msgspec.structs.replace(loaded.facts, n_ctx=run_limit(loaded.engine), parallel=parallel)
            loaded = replace(loaded, facts=facts)
        self._flush()
        self._outlet.publish(self._ready(loaded))
        return loaded

    def _take_in(self, loop: StepLoop) -> bool:
        """Hand new commands to the loop; wait for one while it is idle. False when the thread shall end."""
        while True:
            due_s = loop.rest_s()
            rest_s = IDLE_LOOK_S if due_s is None else min(due_s, IDLE_LOOK_S)
            try:
                command = self._inbox.get(block=rest_s != 0.0, timeout=rest_s)
            except queue.Empty:
                return not self._stopping.is_set()
            match command:
                case Ask(connection, request):
                    self._handle(loop, connection, request)
                case Gone(connection):
                    loop.vanish(connection)
                case Wake():
                    pass
                case Stop():
                    return False
            self._flush()

    def _handle(self, loop: StepLoop, connection: int, request: Request) -> None:
        self._watchdog.begin()
        try:
            loop.handle(connection, request)
        except Exception:
            log.exception("a request failed")
            error = OndolError("the model process could not handle this request; its log says why")
            self._emit(connection, Failed(getattr(request, "id", None), error.code, error.message, error.params))
        finally:
            self._watchdog.end()

    def _step(self, loop: StepLoop) -> None:
        self._watchdog.begin()
        try:
            loop.step()
        except Exception:
            log.exception("a step failed; all runs under way are given up")
            loop.generation.fail_all(OndolError("the model process failed while generating; try again"))
        finally:
            self._watchdog.end()

    def _emit(self, connection: int, frame: Frame) -> None:
        self._frames.append((connection, frame))
        if isinstance(frame, Queued | Progress):
            self._flush()  # the step that follows may take a second: an estimate is told before it

    def _flush(self) -> None:
        if self._frames:
            self._outlet.deliver(self._frames)
            self._frames = []
