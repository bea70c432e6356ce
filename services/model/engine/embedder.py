"""The embedding model on llama.cpp. Format of texts after the E5 model card: NFKC, `query: ` or `passage: ` before
it."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import numpy as np

from services.core.errors import ModelUnavailable
from services.model.engine.encoder import MAX_CHARS, MAX_TEXTS, Encoder
from services.model.engine.native import LoadOptions, load_model, reads_both_ways
from services.model.engine.vocabulary import Vocabulary


class LlamaEmbedder:
    """One GGUF embedding model, mean-pooled or as its file says. Raises ModelUnavailable when the file is none."""

    def __init__(self, path: Path, options: LoadOptions) -> None:
        self._model = load_model(path, options, lambda _percent: True)
        self._encoder: Encoder | None = None
        self.name = path.stem
        self.n_embd = int(llama_cpp.llama_model_n_embd(self._model))
        self._vocabulary = Vocabulary(self._model)
        try:
            if not reads_both_ways(self._model):
                reason = f"{path.name} is no embedding model; set model.embedder to one"
                raise ModelUnavailable(reason, reason=reason)
            self._encoder = Encoder(self._model, path.name, options, self._vocabulary.size)
        except ModelUnavailable:
            self.close()
            raise

    @property
    def max_batch_tokens(self) -> int:
        assert self._encoder is not None
        return self._encoder.max_tokens

    @property
    def max_batch_texts(self) -> int:
        return MAX_TEXTS

    def tokenize(self, text: str, kind: str) -> tuple[int, ...]:
        """With prefix, BOS and EOS, at most `max_batch_tokens`."""
        tokens = self._vocabulary.tokenize_with_ends(f"{kind}: " + unicodedata.normalize("NFKC", text[:MAX_CHARS]))
        limit = self.max_batch_tokens
        return tuple(tokens) if len(tokens) <= limit else (*tokens[: limit - 1], tokens[-1])

    def count(self, text: str) -> int:
        """Tokens of the bare text."""
        return len(self._vocabulary.tokenize(unicodedata.normalize("NFKC", text), special=False))

    def embed(self, texts: Sequence[Sequence[int]]) -> list[bytes]:
        assert self._encoder is not None
        return [_unit(vector) for vector in self._encoder.encode(texts, self.n_embd)]

    def close(self) -> None:
        if self._encoder:
            self._encoder.close()
            self._encoder = None
        if self._model:
            llama_cpp.llama_model_free(self._model)
            self._model = 0


def _unit(vector: np.ndarray) -> bytes:
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype("<f4").tobytes()
