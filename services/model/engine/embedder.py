"""The embedding model on llama.cpp. Format of texts after the E5 model card: NFKC, `query: ` or `passage: ` before
it."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import numpy as np

from services.model.engine.encoder import MAX_CHARS, EncoderModel
from services.model.engine.native import LoadOptions, reads_both_ways


class LlamaEmbedder(EncoderModel):
    """One GGUF embedding model, mean-pooled or as its file says. Raises ModelUnavailable when the file is none."""

    def __init__(self, path: Path, options: LoadOptions) -> None:
        reason = f"{path.name} is no embedding model; set model.embedder to one"
        super().__init__(path, options, lambda model: "" if reads_both_ways(model) else reason)
        self.n_embd = int(llama_cpp.llama_model_n_embd(self._model))

    def tokenize(self, text: str, kind: str) -> tuple[int, ...]:
        """With prefix, BOS and EOS, at most `max_batch_tokens`."""
        tokens = self._vocabulary.tokenize_with_ends(f"{kind}: " + unicodedata.normalize("NFKC", text[:MAX_CHARS]))
        limit = self.max_batch_tokens
        return tuple(tokens) if len(tokens) <= limit else (*tokens[: limit - 1], tokens[-1])

    def count(self, text: str) -> int:
        """Tokens of the bare text."""
        return len(self._vocabulary.tokenize(unicodedata.normalize("NFKC", text), special=False))

    def embed(self, texts: Sequence[Sequence[int]]) -> list[bytes]:
        return [_unit(vector) for vector in self._encode(texts, self.n_embd)]


def _unit(vector: np.ndarray) -> bytes:
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype("<f4").tobytes()
