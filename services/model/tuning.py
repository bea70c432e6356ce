"""The settings a model runs with on this box: remembered ones, or measured now before the model is loaded for good."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from services.core.config import Config
from services.model.calibrate import Calibration, KvType, Tuning, budget_s, calibrate, thread_counts
from services.model.calibration_store import entry_key, load_calibrations, save_calibration
from services.model.engine.native import LoadOptions, cores
from services.model.engine.trial import NativeTrial

log = logging.getLogger(__name__)

RETRY_S = 86_400.0
"""A measurement beside other work, or one that ended with the process, is repeated at the earliest after a day."""


def tuned(config: Config, path: Path, options: LoadOptions, on_start: Callable[[], None]) -> LoadOptions:
    """`options` with what calibrating found for the model at `path`; as they are where calibrating is off.

    Measures when nothing is remembered; `on_start` is told before. Raises ModelUnavailable as loading does.
    """
    if not config.engine.calibrate:
        return options
    key = entry_key(path, cores(), (config.engine.threads, config.engine.kv_type, options.repack))
    known = load_calibrations(config.home.root).get(key)
    if known is None or (not known.steady and time.time() - known.at > RETRY_S):
        on_start()
        known = _measure(config, key, path, options)
    tuning = known.tuning
    return replace(
        options,
        threads=tuning.threads,
        threads_batch=tuning.threads_batch,
        batch_tokens=tuning.batch_tokens,
        kv_type=tuning.kv_type,
        repack=tuning.repack,
    )


def _measure(config: Config, key: str, path: Path, options: LoadOptions) -> Calibration:
    """A note is left first: should a setting end the process, the next start goes without measuring."""
    counts = (config.engine.threads,) if config.engine.threads else thread_counts(cores())
    kv_types: tuple[KvType, ...] = (options.kv_type,) if config.engine.kv_type != "auto" else ("f16", "q8_0")
    first = Tuning(counts[0], counts[0], options.batch_tokens, kv_types[0], options.repack)
    _save(config.home.root, key, Calibration(first, (), 0.0, steady=False, at=time.time()))
    found = calibrate(
        lambda repack: NativeTrial(path, replace(options, repack=repack)),
        threads=counts,
        kv_types=kv_types,
        repack=options.repack,
        budget=budget_s(path.stat().st_size),
        clock=time.monotonic,
    )
    found = msgspec.structs.replace(found, at=time.time())
    log.info("%s was measured in %.0f s: %s", path.name, found.took_s, found.tuning)
    _save(config.home.root, key, found)
    return found


def _save(home: Path, key: str, calibration: Calibration) -> None:
    try:
        save_calibration(home, key, calibration)
    except OSError as error:
        log.warning("the measurement cannot be kept: %s", error)
