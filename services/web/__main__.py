"""`python -m services.web`: the public app on its port and the ingest app on `run/web.sock`."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable

from quart import Quart

from services.core.config import Config, load_config, load_without_own
from services.core.errors import ConfigError, DatabaseDamaged, DiskFull, OndolError, disk_error
from services.core.happenings import Happenings
from services.core.logs import setup_logging
from services.core.paths import PROJECT_ROOT, Home
from services.core.process import guard, lock
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import ModelState
from services.core.version import running_version
from services.web.app import create_app
from services.web.background import lasting
from services.web.chat.asks import Asks
from services.web.chat.citations import ChangedDocuments, Citations
from services.web.chat.events import (
    ENGINE_TOPIC,
    DocumentRemoved,
    DocumentState,
    EventHub,
    library_topic,
)
from services.web.chat.runs import RunManager
from services.web.chat.selftest import SelfTest
from services.web.chat.session_list import SessionList
from services.web.chat.waiting import model_state_event
from services.web.deps import Deps
from services.web.ingest_app import create_ingest_app
from services.web.library.library import Library, open_library
from services.web.library.types import Document
from services.web.metrics import Metrics
from services.web.parts import Parts
from services.web.safety.archive import refuse_without_room
from services.web.safety.damage import damage_handler
from services.web.safety.disk import forget_kept_chats
from services.web.safety.keeper import Keeper, restart_house
from services.web.safety.rescue import Marks, prepare_library, prepare_people
from services.web.safety.restoring import put_in_place
from services.web.safety.updating import forget_rehearsal
from services.web.safety.vault import vault_of
from services.web.safety.versions import tell_update
from services.web.security import load_secret_key
from services.web.serving import listen, serve_until
from services.web.storage.database import Database, open_database, typed_errors
from services.web.storage.integrity import try_writing
from services.web.storage.upgrade import Upgraded
from services.web.vitals import life
from services.web.vitals.chronicle import Chronicle
from services.web.vitals.history import History
from services.web.vitals.probes import Probes
from services.web.vitals.sampler import Sampler
from services.web.waitingroom.obstacle import obstacle_of
from services.web.waitingroom.stay import stay

log = logging.getLogger("services.web")
NEW_BYTES = 4_000_000
"""What a new database with its write-ahead log takes."""
SMALL_BACKLOG = 3  # a few dropped files are read at once; a long job rests while somebody chats
WEBSOCKET_LIMIT_FACTOR = 4  # a message somewhat too large still gets its typed error; far beyond, the socket is closed


def main() -> int:
    try:
        config = load_config()
    except ConfigError as error:
        return _wait_for_settings(error)
    try:
        setup_logging("web", config.log.level)
        config.home.create()
        with guard(config.home.run, "web"):
            # A second lock lies beside the databases: run/ may have been deleted under a running house.
            lock(config.home.db, "web").close()
            restored = _finish_restore(config)
            if restored is None:
                return 0
            config = restored
            with lock(config.home.db, "web"):
                listener = listen(config.web.host, config.web.port)
                while (obstacle := open_data(config)) is not None:
                    if stay(config, listener, obstacle) == "stopped":
                        return 0
                asyncio.run(_serve(config, listener))
    except OndolError as error:
        sys.stderr.write(f"ondol web: {error.message}\n")
        if isinstance(error, DatabaseDamaged):
            Marks(config.home.db / str(error.params["file"])).damaged()  # the next start looks at it
        return 1
    except OSError as error:
        sys.stderr.write(f"ondol web: {disk_error(error) or error}\n")
        return 1
    return 0


def _wait_for_settings(error: ConfigError) -> int:
    """A house with a mistake in its own file says so on its page until it is started anew."""
    sys.stderr.write(f"ondol web: {error.message}\n")
    try:
        config = load_without_own()
        setup_logging("web", config.log.level)
        config.home.create()
        with guard(config.home.run, "web"):
            stay(config, listen(config.web.host, config.web.port), error)
    except (OndolError, OSError) as another:
        if str(another) != str(error):
            sys.stderr.write(f"ondol web: {another}\n")
        return 1
    return 0


def _finish_restore(config: Config) -> Config | None:
    """The settings after a restore that was confirmed, as they are where there was none; None when the house was
    stopped while it waited for a full or broken disk. Raises OndolError, OSError."""
    while True:
        try:
            return load_config() if put_in_place(config.home) else config
        except (OndolError, OSError) as error:
            obstacle = obstacle_of(error)
            if obstacle is None:
                raise
        listener = listen(config.web.host, config.web.port)
        try:
            if stay(config, listener, obstacle) == "stopped":
                return None
        finally:
            os.close(listener)


def open_data(config: Config) -> OndolError | None:
    """Bring the databases to this version; what stands in the way that no other start would mend, None when nothing.

    Raises OndolError, OSError.
    """
    obstacle, upgraded = _open_data(config)
    if isinstance(obstacle, DiskFull) and forget_kept_chats(config.home):
        obstacle, upgraded = _open_data(config)
    if obstacle is not None:
        return obstacle
    tell_update(config.home, running_version(), upgraded)
    return None


def _open_data(config: Config) -> tuple[OndolError | None, Upgraded | None]:
    people, library = config.home.ondol_db, config.home.library_db
    try:
        forget_rehearsal(config.home)
        with typed_errors(people):
            upgraded = prepare_people(config.home, vault_of(config))
        prepare_library(config.home)
        for path in (people, library):
            if not path.exists():
                refuse_without_room(path.parent, NEW_BYTES)
                continue
            with typed_errors(path):
                try_writing(path)
    except (OndolError, OSError) as error:
        obstacle = obstacle_of(error)
        if obstacle is None:
            raise
        return obstacle, None
    return None, upgraded


async def _serve(config: Config, listener: int) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    events, metrics = EventHub(), Metrics()
    model = ModelClient(config.home.model_sock, "web")
    parts = Parts(model)
    changed = ChangedDocuments()

    def tell_document(document: Document) -> None:
        events.publish(library_topic(document.owner), DocumentState(document.view()))
        changed.add(document)

    def tell_removed(document: Document) -> None:
        events.publish(library_topic(document.owner), DocumentRemoved(document.id))
        changed.add(document)

    def tell_model(_state: ModelState | None) -> None:
        events.publish(ENGINE_TOPIC, model_state_event(model))

    model.listen(tell_model)
    async with contextlib.AsyncExitStack() as stack:
        happenings, chronicle = _chronicle(stack, config.home, model)
        people = await open_database(config.home.ondol_db, schema="ondol", synchronous="FULL")
        stack.callback(Marks(people.path).stopped)
        stack.push_async_callback(people.close)
        library = await open_library(config, model, tell_document, metrics, tell_removed, model)
        stack.push_async_callback(library.close)
        model.start()
        stack.push_async_callback(model.close)
        runs = RunManager(people, model, library, events, config, metrics)
        stack.push_async_callback(runs.close)
        await runs.start()
        _background(stack, library.run, "library")
        citations = Citations(people, library.citing, events, changed)
        _background(stack, citations.run, "citations")
        selftest = SelfTest(people, library, config.rag.passages, lambda: runs.counts()[0] > 0 or not model.ready)
        _background(stack, selftest.run, "selftest")
        asks = Asks(people, runs, config.home.inbox)
        _background(stack, asks.run, "asks")
        sessions = SessionList(people, runs, events)
        _background(stack, sessions.run, "sessions")
        sampler = Sampler(History(), Probes(config.home.root), model, runs, metrics, parts, chronicle)
        _background(stack, sampler.run, "vitals")
        secret = load_secret_key(config.home.secret_key)
        keeper = _keeper(config, people, library, runs, happenings, stop)
        stack.push_async_callback(keeper.backups.close)
        _background(stack, keeper.run, "keeper")
        deps = Deps(
            config, secret, people, library, model, runs, events, metrics, parts, citations, selftest, sessions,
            happenings, keeper, sampler,
        )  # fmt: skip
        public = create_app(deps, PROJECT_ROOT / "frontend" / "dist")

        def pulse(pid: int, state: str, queue: int) -> bool:
            parts.heartbeat(pid, state, queue)
            chronicle.ingest_seen(pid)
            return queue > SMALL_BACKLOG and runs.counts()[0] > 0

        ingest = create_ingest_app(library, asks, pulse)
        await _serve_apps(config, public, ingest, listener, _closing(stop, runs, events))
        life.end(config.home.web_life, life.boot_id())


def _chronicle(stack: contextlib.AsyncExitStack, home: Home, model: ModelClient) -> tuple[Happenings, Chronicle]:
    """The list of what happens, and who writes into it what the house notices of itself."""
    happenings = Happenings(home.happenings)
    stack.push_async_callback(asyncio.to_thread, happenings.close)
    chronicle = Chronicle(happenings)
    chronicle.house_started(life.begin(home.web_life, life.boot_id()))
    model.listen(chronicle.model_changed)
    return happenings, chronicle


def _keeper(
    config: Config, people: Database, library: Library, runs: RunManager, happenings: Happenings, stop: asyncio.Event
) -> Keeper:
    """The keeper, and who listens to it."""
    keeper = Keeper(config, people, lambda: runs.counts()[0] > 0, lambda: restart_house(stop))
    people.on_damage = keeper.backups.on_damage = damage_handler(people.path, stop)
    library.db.on_damage = damage_handler(library.db.path, stop)
    keeper.writes.watch(library.db)
    keeper.tell_of_disk_and_backups(happenings)
    runs.admit = keeper.disk.refuse_question
    library.rests = lambda: keeper.disk.low
    return keeper


async def _closing(stop: asyncio.Event, runs: RunManager, events: EventHub) -> None:
    """When the house stops: answers are journaled first, then every socket hears why it ends."""
    await stop.wait()
    await runs.close()
    events.close()


async def _serve_apps(config: Config, public: Quart, ingest: Quart, listener: int, closing: Awaitable[None]) -> None:
    home = config.home
    home.web_sock.unlink(missing_ok=True)
    log.info("listening on http://%s:%d", config.web.host, config.web.port)
    limit = config.web.max_frame_bytes * WEBSOCKET_LIMIT_FACTOR
    try:
        await serve_until({f"fd://{listener}": public, f"unix:{home.web_sock}": ingest}, closing, limit)
    finally:
        home.web_sock.unlink(missing_ok=True)


def _background(stack: contextlib.AsyncExitStack, work: Callable[[], Awaitable[None]], name: str) -> None:
    """Run beside everything else until the stack is unwound."""
    stack.push_async_callback(_cancel, asyncio.create_task(lasting(name, work), name=name))


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    sys.exit(main())
