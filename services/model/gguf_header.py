"""The few lines of a GGUF header that tell which installed file is what."""

from dataclasses import dataclass
from pathlib import Path

from services.model.gguf_facts import MAGIC, NotGguf, read_facts

__all__ = ["MAGIC", "NOT_CHAT", "Header", "NotGguf", "read_header"]

# They read text but do not answer: embedders, encoders, and the eyes of multimodal models.
NOT_CHAT = {
    "bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "eurobert",
    "gemma-embedding", "t5encoder", "clip",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """`name` is the file's own name for the model, or empty; `last_tensor_at` counts bytes."""

    architecture: str
    name: str
    last_tensor_at: int


def read_header(path: Path) -> Header:
    """Raises NotGguf when the file is none or is cut off, OSError when it cannot be read."""
    facts = read_facts(path)
    last = max((tensor.offset for tensor in facts.tensors), default=0)
    return Header(facts.architecture, facts.name, facts.data_start + last)
