"""From settings to a loaded engine: which files, whether they are whole, and what to say when they are not."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.core.catalogue import load_catalogue
from services.core.config import Config
from services.core.errors import ModelUnavailable
from services.core.free_memory import FreeMemory, free_memory
from services.core.protocol.frames import ModelFacts
from services.model.admission import run_limit
from services.model.calibration_store import entry_key
from services.model.catalogue import AUTO, InstalledModel
from services.model.engine.base import Embedder, Engine, Reranker
from services.model.engine.embedder import LlamaEmbedder
from services.model.engine.llama import LlamaEngine
from services.model.engine.native import MOST_UBATCH_TOKENS, LoadOptions, cores, library_build, uses_flash_attention
from services.model.engine.reranker import LlamaReranker
from services.model.gguf_facts import GgufFacts, NotGguf, read_facts
from services.model.installed import choose_model, model_files
from services.model.kv.opening import store_key, weights_id
from services.model.memory_plan import KvType, MemoryPlan, kv_bytes, plan_memory
from services.model.tuning import tuned

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the worker needs. `embedder_reason` says why there is no embedder, `reranker_reason` why there is none
    although one is set; `speeds_key` names this model on this box."""

    engine: Engine
    embedder: Embedder | None
    embedder_reason: str
    facts: ModelFacts
    speeds_key: str = ""
    kv_key: str = ""
    """Names the model, the engine's build and how keys and values are kept."""
    reranker: Reranker | None = None
    reranker_reason: str = ""
    cell_bytes: int = 0
    """What a token of context takes."""


class ModelTooLarge(ModelUnavailable):
    """There is too little memory now; with `needed_bytes` free it would fit."""

    def __init__(self, reason: str, needed_bytes: int) -> None:
        super().__init__(reason, reason=reason)
        self.needed_bytes = needed_bytes

    @property
    def fits_now(self) -> bool:
        """Whether enough was given back since."""
        return free_memory().free_bytes >= self.needed_bytes


def load(config: Config, on_percent: Callable[[int], bool], on_calibrating: Callable[[], None]) -> Loaded:
    """Load the chosen model, the embedder and, where one is set, the reranker; measure the model first where
    it is new on this box.

    Raises ModelUnavailable, with a sentence that says what to do.
    """
    chosen, plan = _choose(config)
    wanted = LoadOptions(
        context_tokens=config.engine.context_tokens,
        parallel=config.engine.parallel,
        threads=config.engine.threads,
        kv_type=_kv_type(config),
        load_mode=plan.load_mode,
        repack=plan.repack,
    )
    options = tuned(config, chosen.path, wanted, on_calibrating)
    embedder, reason = _load_embedder(config, options)
    reranker, no_reranker = _load_reranker(config, options)
    try:
        engine = LlamaEngine(chosen.path, options, on_percent)
    except ModelUnavailable:
        for reader in (embedder, reranker):
            if reader:
                reader.close()
        raise
    speeds = entry_key(chosen.path, cores(), (options.threads, options.threads_batch, options.kv_type, options.repack))
    weights = weights_id(model_files(chosen.path))
    kept = store_key(weights, library_build(), options.kv_type, flash_attention=uses_flash_attention(options))
    facts = _facts(config, chosen, engine, embedder, reranker)
    cell = kv_bytes(read_facts(chosen.path), 1, options.kv_type)
    return Loaded(engine, embedder, reason, facts, speeds, kept, reranker, no_reranker, cell)


def fingerprint(config: Config) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file in the models folder, or the one a setting names, does."""
    named = [Path(config.model.name), Path(config.model.embedder), Path(config.rag.reranker)]
    files = {path for path in [*config.home.models.glob("*.gguf"), *named] if path.is_file()}
    found = []
    for path in sorted(files):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _choose(config: Config) -> tuple[InstalledModel, MemoryPlan]:
    """The model to load with its memory sum. `auto` goes on to smaller ones until the sum fits."""
    free = free_memory()
    catalogue = load_catalogue()
    available = free.free_bytes
    while True:
        model = choose_model(config.model.name, config.home.models, catalogue, available).model
        plan = _plan(config, model, free)
        if plan.fits or config.model.allow_oversize:
            return model, plan
        if config.model.name != AUTO or model.demo:
            raise ModelTooLarge(plan.refusal(model.name), plan.total)
        available = min(available, model.min_memory_bytes) - 1


def _kv_type(config: Config) -> KvType:
    """What is planned for; `auto` may turn out smaller."""
    return "f16" if config.engine.kv_type == "auto" else config.engine.kv_type


def _plan(config: Config, model: InstalledModel, free: FreeMemory) -> MemoryPlan:
    options = LoadOptions()
    try:
        facts = read_facts(model.path)
    except (NotGguf, OSError) as error:
        reason = f"{model.path.name} cannot be used: {error}"
        raise ModelUnavailable(reason, reason=reason) from None
    return plan_memory(
        facts,
        free,
        context_tokens=config.engine.context_tokens,
        kv_type=_kv_type(config),
        batch_tokens=min(options.batch_tokens, MOST_UBATCH_TOKENS),
        sequences=config.engine.parallel + options.spare_sequences,
        embedder=_facts_of(_in_models(config, config.model.embedder)),
        reranker=_facts_of(_in_models(config, config.rag.reranker)) if config.rag.reranker else None,
        weight_bytes=model.size_bytes,
    )


def _in_models(config: Config, name: str) -> Path:
    """A path as it is, a bare file name in the models folder."""
    path = Path(name)
    return path if path.is_absolute() else config.home.models / path


def _facts_of(path: Path) -> GgufFacts | None:
    try:
        return read_facts(path)
    except (NotGguf, OSError):
        return None


def _load_embedder(config: Config, options: LoadOptions) -> tuple[Embedder | None, str]:
    """The embedder, or None and why. The chat works without one."""
    path = _in_models(config, config.model.embedder)
    try:
        read_facts(path)
        return LlamaEmbedder(path, options), ""
    except FileNotFoundError:
        reason = f"the embedding model {path.name} is missing: put it into the models folder (make run does)"
    except (NotGguf, OSError) as error:
        reason = f"the embedding model {path.name} cannot be read: {error}"
    except ModelUnavailable as error:
        reason = error.message
    log.warning("%s; search goes by words alone", reason)
    return None, reason


def _load_reranker(config: Config, options: LoadOptions) -> tuple[Reranker | None, str]:
    """The reranker, or None and why, where one is set. Search works without one."""
    if not config.rag.reranker:
        return None, ""
    path = _in_models(config, config.rag.reranker)
    try:
        return LlamaReranker(path, read_facts(path), options), ""
    except FileNotFoundError:
        reason = f"the reranking model {path.name} is missing: put it into the models folder or empty rag.reranker"
    except (NotGguf, OSError) as error:
        reason = f"the reranking model {path.name} cannot be read: {error}"
    except ModelUnavailable as error:
        reason = error.message
    log.warning("%s; search keeps its own order", reason)
    return None, reason


def _facts(
    config: Config, chosen: InstalledModel, engine: Engine, embedder: Embedder | None, reranker: Reranker | None
) -> ModelFacts:
    return ModelFacts(
        name=chosen.path.name.partition(".")[0] if chosen.demo else chosen.name,
        file=chosen.path.name,
        size_bytes=chosen.size_bytes,
        demo=chosen.demo,
        n_ctx=run_limit(engine),
        n_ctx_train=engine.facts.n_ctx_train,
        n_embd=engine.facts.n_embd,
        n_vocab=engine.facts.n_vocab,
        parallel=config.engine.parallel,
        chat_template=engine.facts.chat_template,
        embedder=embedder.name if embedder else "",
        embedder_n_embd=embedder.n_embd if embedder else 0,
        reranker=reranker.name if reranker else "",
    )
