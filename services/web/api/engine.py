"""The engine's state, for the status page."""

from typing import Any

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_response

from services.core.protocol.frames import DepthSpeed, HeldSequence, ModelState
from services.web.api.common import deps, engine_stats, login_required
from services.web.chat.events import EngineBrief
from services.web.deps import Deps
from services.web.parts import Part

blueprint = Blueprint("engine", __name__, url_prefix="/api/engine")
STATS_TIMEOUT_S = 1.0


class Speeds(msgspec.Struct, frozen=True):
    """In tokens per second: now, and `by_depth` where it was measured (a fuller pool is slower)."""

    decode_tokens_per_s: float = 0.0
    prompt_tokens_per_s: float = 0.0
    by_depth: tuple[DepthSpeed, ...] = ()


class Waiter(msgspec.Struct, frozen=True):
    """Who waits, never for what. `eta_s` counts to the first token."""

    position: int
    username: str
    eta_s: float | None


class Cache(msgspec.Struct, frozen=True):
    """Since the model was loaded: tokens of all prompts, and those of them that needed no reading."""

    prompt_tokens: int = 0
    cached_tokens: int = 0


class RerankerState(msgspec.Struct, frozen=True):
    """`reason` says why the one that is set does not work; then `name` is empty."""

    name: str
    reason: str


class Engine(msgspec.Struct, frozen=True):
    """`queue` waits (`waiting` names those before the model, in order), `active` is being answered, at most `parallel`
    at a time; `sequences` are the chats that lie in the context pool of `pool_tokens`."""

    state: str
    reason: str | None
    percent: int | None
    model: dict[str, Any] | None
    embedder: dict[str, Any] | None
    reranker: RerankerState | None
    queue: int
    active: int
    parallel: int
    pool_tokens: int
    pool_used_tokens: int
    waiting: list[Waiter]
    sequences: tuple[HeldSequence, ...]
    cache: Cache
    speeds: Speeds
    restarts: int
    processes: list[Part]


def engine_brief(parts: Deps) -> EngineBrief:
    """The short form that every socket gets first."""
    state = parts.model.state
    model = None
    if state is not None and state.facts is not None:
        model = {"name": state.facts.name, "demo": state.facts.demo}
    return EngineBrief(parts.parts.model_state, _reason(parts), model)


def _reason(parts: Deps) -> str | None:
    return None if parts.model.ready else parts.model.unavailable().message


def _reranker(state: ModelState | None) -> RerankerState | None:
    """None where none is set, or nothing is known yet."""
    name = state.facts.reranker if state is not None and state.facts is not None else ""
    reason = state.reranker_reason if state is not None else ""
    return RerankerState(name, reason) if name or reason else None


@blueprint.get("/")
@tag(["status"])
@login_required
@validate_response(Engine)
async def get_engine() -> Engine:
    """State of the model, queue, speeds, and the parts of the house."""
    state, stats = deps().model.state, await engine_stats(STATS_TIMEOUT_S)
    facts = state.facts if state is not None else None
    return Engine(
        state=deps().parts.model_state,
        reason=_reason(deps()),
        percent=state.percent if state is not None else None,
        model=msgspec.to_builtins(facts) if facts else None,
        embedder={"name": facts.embedder, "n_embd": facts.embedder_n_embd} if facts and facts.embedder else None,
        reranker=_reranker(state),
        queue=(stats.queued if stats else 0) + deps().runs.counts()[1],
        active=stats.active if stats else 0,
        parallel=facts.parallel if facts else 0,
        pool_tokens=stats.pool_tokens if stats else 0,
        pool_used_tokens=stats.pool_used_tokens if stats else 0,
        waiting=[Waiter(n, one.user, one.eta_s) for n, one in enumerate(stats.waiting, 1)] if stats else [],
        sequences=stats.sequences if stats else (),
        cache=Cache(stats.prompt_tokens_total, stats.cached_tokens_total) if stats else Cache(),
        speeds=Speeds(stats.decode_tokens_per_s, stats.prompt_tokens_per_s, stats.speeds) if stats else Speeds(),
        restarts=max(0, deps().model.lives - 1),
        processes=deps().parts.all(),
    )
