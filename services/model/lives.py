"""One life of the model process after another: why the last one ended, how long to wait, and how much smaller to be.

A note in `run/` is written when a life begins and when it is ready, and removed when it ends as it should. One that is
still there tells the next life that the last one died.
"""

import contextlib
import faulthandler
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.core.config import Config
from services.core.free_memory import oom_kills
from services.core.process import identity_of
from services.core.protocol.frames import Death
from services.model.memory_plan import MIN_CONTEXT_TOKENS

CALM_S = 120.0
"""A life that was ready for so long breaks a row of deaths."""
SETTLED_S = 3600.0
"""After one that was ready for so long, a model that had to shrink may grow one step again."""
MOST_STEPS = 3
PATIENCE = 3
"""So many deaths in a row are tried again at once, as supervisord does it."""
MOST_WAITS = 30
_STEP_TOKENS = 256
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Note(msgspec.Struct, frozen=True):
    """What a life leaves behind. `oom_kills` is the kernel's count when it began; `ready_s` (unix seconds) is 0.0 until
    it is ready; `deaths` and `steps` are what it was told itself; `supervisor` names the process that started it."""

    pid: int
    boot: str
    oom_kills: int
    deaths: int
    steps: int
    ready_s: float = 0.0
    supervisor: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """What a new life has to know: why the last one died (None: it did not), how many died in a row, and by how many
    `steps` it has to be smaller."""

    died: Death | None = None
    deaths: int = 0
    steps: int = 0

    def wait_s(self, retry_s: float) -> float:
        """Before the model is loaded again; `retry_s` is the first wait of a row."""
        return retry_s * min(2 ** (self.deaths - PATIENCE), MOST_WAITS) if self.deaths >= PATIENCE else 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the machine shows now. `stuck` is the process that was ended because it did not answer; `fault` says whether
    the engine ended its own."""

    boot: str
    oom_kills: int
    stuck: int | None
    fault: bool
    supervisor: str = ""


def next_life(note: Note | None, seen: Evidence, now_s: float) -> Life:
    """Pure: the life after the one that left `note`; `now_s` in unix seconds."""
    if note is None:
        return Life()
    died = _death(note, seen)
    lived_s = now_s - note.ready_s if note.ready_s else 0.0
    if died == "out_of_memory":
        steps = min(note.steps + 1, MOST_STEPS)
    else:
        steps = max(note.steps - 1, 0) if lived_s >= SETTLED_S else note.steps
    if died == "power":
        return Life(died, 0, steps)
    if died == "unknown" and note.supervisor != seen.supervisor:
        return Life(None, note.deaths, steps)  # the whole house was ended, which says nothing of the model
    return Life(died, 1 if lived_s >= CALM_S else note.deaths + 1, steps)


def _death(note: Note, seen: Evidence) -> Death:
    if note.boot != seen.boot:
        return "power"
    if note.pid == seen.stuck:
        return "stuck"
    if seen.oom_kills > note.oom_kills:
        return "out_of_memory"
    return "native_fault" if seen.fault else "unknown"


def smaller(config: Config, steps: int) -> Config:
    """Half the context and half the answers at once for each step; never less than the engine can work with."""
    if not steps:
        return config
    tokens = (config.engine.context_tokens >> steps) // _STEP_TOKENS * _STEP_TOKENS
    engine = msgspec.structs.replace(
        config.engine,
        context_tokens=min(max(tokens, MIN_CONTEXT_TOKENS), config.engine.context_tokens),
        parallel=max(config.engine.parallel >> steps, 1),
    )
    return msgspec.structs.replace(config, engine=engine)


class Lives:
    """The files in `run/`. Only the holder of the model's lock uses it."""

    def __init__(self, run_dir: Path) -> None:
        self._note = run_dir / "model.life"
        self._stuck = run_dir / "model.stuck"
        self._fault = run_dir / "model.fault"
        self._own: Note | None = None

    def begin(self, now_s: float) -> Life:
        """A new life; how it came to that."""
        boot, kills = _text(_BOOT_ID), oom_kills()
        fault = bool(_text(self._fault))
        supervisor = identity_of(os.getppid())
        life = next_life(self._left(), Evidence(boot, kills, _number(self._stuck), fault, supervisor), now_s)
        with contextlib.suppress(OSError):
            self._stuck.unlink(missing_ok=True)
        self._own = Note(os.getpid(), boot, kills, life.deaths, life.steps, supervisor=supervisor)
        self._write(self._own)
        return life

    def trace(self) -> None:
        """From now on, for as long as this process lives, a native abort leaves a trace for the next life."""
        with contextlib.suppress(OSError):
            faulthandler.enable(os.open(self._fault, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))

    def ready(self, now_s: float) -> None:
        self._change(ready_s=now_s)

    def resized(self, steps: int, now_s: float) -> None:
        """This life goes on with `steps` of smallness."""
        self._change(steps=steps, ready_s=now_s)

    def _change(self, **changes: float) -> None:
        if self._own is not None:
            self._own = msgspec.structs.replace(self._own, **changes)
            self._write(self._own)

    def stuck(self) -> None:
        """This very process is about to end itself."""
        with contextlib.suppress(OSError):
            self._stuck.write_text(str(os.getpid()))

    def end(self) -> None:
        """Stopped as it should be."""
        with contextlib.suppress(OSError):
            self._note.unlink(missing_ok=True)

    def _left(self) -> Note | None:
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=Note)
        except (OSError, msgspec.MsgspecError):
            return None

    def _write(self, note: Note) -> None:
        # A full disk costs the explanation of a death, not the life.
        with contextlib.suppress(OSError):
            part = self._note.with_suffix(".part")
            part.write_bytes(msgspec.json.encode(note))
            part.replace(self._note)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None
