"""From settings to a loaded engine: which files, whether they are whole, and what to say when they are not."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.core.catalogue import load_catalogue
from services.core.config import Config
from services.core.errors import ModelUnavailable
from services.core.protocol.frames import ModelFacts
from services.model.admission import run_limit
from services.model.catalogue import InstalledModel
from services.model.engine.base import Embedder, Engine
from services.model.engine.embedder import LlamaEmbedder
from services.model.engine.llama import LlamaEngine
from services.model.engine.native import LoadOptions
from services.model.gguf_header import NotGguf, read_header
from services.model.installed import choose_model

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the worker needs. `embedder_reason` says why there is no embedder."""

    engine: Engine
    embedder: Embedder | None
    embedder_reason: str
    facts: ModelFacts


def load(config: Config, on_percent: Callable[[int], bool]) -> Loaded:
    """Load the chosen model and the embedder. Raises ModelUnavailable, with a sentence that says what to do."""
    chosen = _choose(config)
    options = LoadOptions(
        context_tokens=config.engine.context_tokens,
        parallel=config.engine.parallel,
        threads=config.engine.threads,
        kv_type=config.engine.kv_type,
    )
    engine = LlamaEngine(chosen.path, options, on_percent)
    embedder, reason = _load_embedder(config, options)
    return Loaded(engine, embedder, reason, _facts(config, chosen, engine, embedder))


def fingerprint(config: Config) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file in the models folder, or the one a setting names, does."""
    named = [Path(config.model.name), Path(config.model.embedder)]
    files = {path for path in [*config.home.models.glob("*.gguf"), *named] if path.is_file()}
    found = []
    for path in sorted(files):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _choose(config: Config) -> InstalledModel:
    available = _available_bytes()
    selection = choose_model(config.model.name, config.home.models, load_catalogue(), available)
    if not selection.fits and not config.model.allow_oversize:
        model = selection.model
        reason = (
            f"{model.name} needs about {model.min_memory_bytes / 1e9:.1f} GB of memory "
            f"and {available / 1e9:.1f} GB are free; "
            "choose a smaller model, lower engine.context_tokens, or set model.allow_oversize"
        )
        raise ModelUnavailable(reason, reason=reason)
    return selection.model


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def _load_embedder(config: Config, options: LoadOptions) -> tuple[Embedder | None, str]:
    """The embedder, or None and why. The chat works without one."""
    path = Path(config.model.embedder)
    if not path.is_absolute():
        path = config.home.models / path
    try:
        read_header(path)
        return LlamaEmbedder(path, options), ""
    except FileNotFoundError:
        reason = f"the embedding model {path.name} is missing: put it into the models folder (make run does)"
    except (NotGguf, OSError) as error:
        reason = f"the embedding model {path.name} cannot be read: {error}"
    except ModelUnavailable as error:
        reason = error.message
    log.warning("%s; search goes by words alone", reason)
    return None, reason


def _facts(config: Config, chosen: InstalledModel, engine: Engine, embedder: Embedder | None) -> ModelFacts:
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
    )
