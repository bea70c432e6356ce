"""The store as the settings want it, and the key under which its blocks are good."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from services.core.config import Config
from services.model.gguf_facts import read_facts
from services.model.kv.store import KvStore, Limits

_SAMPLE_BYTES = 4096


def open_store(config: Config, key: str, on_change: Callable[[], None]) -> KvStore | None:
    """The running store; None where `engine.kv_disk_bytes` is 0."""
    engine = config.engine
    if not engine.kv_disk_bytes:
        return None
    limits = Limits(engine.kv_disk_bytes, engine.kv_daily_write_bytes, least_free=config.disk.low_bytes)
    store = KvStore(config.home.kv, key, limits, on_change)
    store.start()
    return store


def weights_id(files: Sequence[Path]) -> str:
    """Tells models apart by what they compute with: sizes, headers and the middle of every tensor of all `files`.

    Hashing 4 GB would take an SD card a minute; the 291 tensors of a 7B model are sampled in 20 ms.
    Raises NotGguf, OSError.
    """
    digest = hashlib.sha256()
    for path in files:
        facts = read_facts(path)
        with path.open("rb") as file:
            digest.update(f"{facts.file_bytes} ".encode() + file.read(facts.data_start))
            for tensor in facts.tensors:
                file.seek(facts.data_start + tensor.offset + max(tensor.size - _SAMPLE_BYTES, 0) // 2)
                digest.update(file.read(min(_SAMPLE_BYTES, tensor.size)))
    return digest.hexdigest()


def store_key(weights: str, build: str, kv_type: str, *, flash_attention: bool, adapter: str = "") -> str:
    """Keys and values are good for these alone. The length of the pool does not matter: it is one for all sequences."""
    return "|".join([weights, build, kv_type, f"flash={flash_attention}", f"adapter={adapter}"])
