"""The embedding model on llama.cpp. Format of texts after the E5 model card: NFKC, `query: ` or `passage: ` before
it."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import numpy as np

from services.core.errors import ModelUnavailable
from services.model.engine.base import Slice
from services.model.engine.batch import NativeBatch
from services.model.engine.llama import EngineFault
from services.model.engine.native import (
    LoadOptions,
    StopFlag,
    cores,
    load_model,
    open_context,
    reads_both_ways,
    release_logits,
)
from services.model.engine.native import log as native_log
from services.model.engine.vocabulary import Vocabulary

_MAX_TOKENS = 512
_MAX_TEXTS = 16
_MAX_CHARS = 16 * _MAX_TOKENS
"""No 512 tokens are longer in practice; the rest of a longer text need not be tokenised to be cut off."""


class LlamaEmbedder:
    """One GGUF embedding model, mean-pooled or as its file says. Raises ModelUnavailable when the file is none."""

    def __init__(self, path: Path, options: LoadOptions) -> None:
        self._model = load_model(path, options, lambda _percent: True)
        self._context = 0
        self.name = path.stem
        self.n_embd = int(llama_cpp.llama_model_n_embd(self._model))
        try:
            if not reads_both_ways(self._model):
                reason = f"{path.name} is no embedding model; set model.embedder to one"
                raise ModelUnavailable(reason, reason=reason)
            self._context = self._open(path.name, options)
        except ModelUnavailable:
            self.close()
            raise
        self._vocabulary = Vocabulary(self._model)
        self._batch = NativeBatch(self.max_batch_tokens)
        self._take_up_memory()

    @property
    def max_batch_tokens(self) -> int:
        return min(_MAX_TOKENS, int(llama_cpp.llama_model_n_ctx_train(self._model)))

    @property
    def max_batch_texts(self) -> int:
        return _MAX_TEXTS

    def tokenize(self, text: str, kind: str) -> tuple[int, ...]:
        """With prefix, BOS and EOS, at most `max_batch_tokens`."""
        tokens = self._vocabulary.tokenize_with_ends(f"{kind}: " + unicodedata.normalize("NFKC", text[:_MAX_CHARS]))
        limit = self.max_batch_tokens
        return tuple(tokens) if len(tokens) <= limit else (*tokens[: limit - 1], tokens[-1])

    def count(self, text: str) -> int:
        """Tokens of the bare text."""
        return len(self._vocabulary.tokenize(unicodedata.normalize("NFKC", text), special=False))

    def embed(self, texts: Sequence[Sequence[int]]) -> list[bytes]:
        if len(texts) > _MAX_TEXTS:
            raise ValueError(f"{len(texts)} texts in one batch of at most {_MAX_TEXTS}")
        slices = [Slice(seq, 0, tokens, sample=False) for seq, tokens in enumerate(texts)]
        self._batch.fill(slices, every_output=True)
        result = llama_cpp.llama_encode(self._context, self._batch.native)
        if result != 0:
            raise EngineFault(f"llama_encode returned {result}")
        return [self._vector(seq) for seq in range(len(texts))]

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_free(self._context)
            self._context = 0
        if self._model:
            llama_cpp.llama_model_free(self._model)
            self._model = 0

    def _open(self, name: str, options: LoadOptions) -> int:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = self.max_batch_tokens
        params.n_seq_max = _MAX_TEXTS
        params.kv_unified = True
        params.embeddings = True
        params.n_threads = params.n_threads_batch = options.threads_batch or options.threads or cores()
        params.no_perf = True
        return open_context(self._model, name, params)

    def _take_up_memory(self) -> None:
        """Let the output buffer reach its full size now, and give back the part that is never used. The step that makes
        the library allocate it is stopped before it computes anything."""
        stop = StopFlag()
        stop.set()
        stop.install(self._context)
        self._batch.fill([Slice(0, 0, [0] * self.max_batch_tokens, sample=False)], every_output=True)
        native_log.disabled = True  # it calls the stop an error
        llama_cpp.llama_encode(self._context, self._batch.native)
        native_log.disabled = False
        llama_cpp.llama_set_abort_callback(self._context, llama_cpp.ggml_abort_callback(0), None)
        release_logits(self._context, self.max_batch_tokens * self._vocabulary.size * 4)

    def _vector(self, seq: int) -> bytes:
        values = llama_cpp.llama_get_embeddings_seq(self._context, seq)
        if not values:
            raise EngineFault(f"no embedding for text {seq}")
        vector = np.ctypeslib.as_array(values, shape=(self.n_embd,)).astype(np.float32)
        length = float(np.linalg.norm(vector))
        return (vector / length if length > 0 else vector).astype("<f4").tobytes()
