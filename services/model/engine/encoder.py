"""One native call over several short texts: what embedding and reranking models share."""

from collections.abc import Callable, Sequence
from pathlib import Path

import llama_cpp
import numpy as np

from services.core.errors import ModelUnavailable
from services.model.engine.base import EngineFault, Slice
from services.model.engine.batch import NativeBatch
from services.model.engine.native import LoadOptions, StopFlag, cores, load_model, open_context, release_logits
from services.model.engine.native import log as native_log
from services.model.engine.vocabulary import Vocabulary
from services.model.memory_plan import ENCODER_TOKENS

MAX_TEXTS = 16
MAX_CHARS = 16 * ENCODER_TOKENS
"""No 512 tokens are longer in practice; the rest of a longer text need not be tokenised to be cut off."""


class Encoder:
    """A context of an encoder model that the owner loaded, pooled as its file says; the owner frees the model after
    `close`. Raises ModelUnavailable when there is no memory."""

    def __init__(self, model: int, name: str, options: LoadOptions, vocabulary_size: int) -> None:
        self.max_tokens = min(ENCODER_TOKENS, int(llama_cpp.llama_model_n_ctx_train(model)))
        self._context = open_context(model, name, self._params(options))
        self._batch = NativeBatch(self.max_tokens)
        self._take_up_memory(vocabulary_size)

    def encode(self, texts: Sequence[Sequence[int]], width: int) -> list[np.ndarray]:
        """The `width` pooled values of each text. Raises ValueError when there are more texts or tokens than one call
        takes, EngineFault when the library does not compute them."""
        if len(texts) > MAX_TEXTS:
            raise ValueError(f"{len(texts)} texts in one batch of at most {MAX_TEXTS}")
        slices = [Slice(seq, 0, tokens, sample=False) for seq, tokens in enumerate(texts)]
        self._batch.fill(slices, every_output=True)
        result = llama_cpp.llama_encode(self._context, self._batch.native)
        if result != 0:
            raise EngineFault(f"llama_encode returned {result}")
        return [self._pooled(seq, width) for seq in range(len(texts))]

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_free(self._context)
            self._context = 0

    def _params(self, options: LoadOptions) -> llama_cpp.llama_context_params:
        params: llama_cpp.llama_context_params = llama_cpp.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = self.max_tokens
        params.n_seq_max = MAX_TEXTS
        params.kv_unified = True
        params.embeddings = True
        params.n_threads = params.n_threads_batch = options.threads_batch or options.threads or cores()
        params.no_perf = True
        return params

    def _take_up_memory(self, vocabulary_size: int) -> None:
        """Let the output buffer reach its full size now, and give back the part that is never used. The step that makes
        the library allocate it is stopped before it computes anything."""
        stop = StopFlag()
        stop.set()
        stop.install(self._context)
        self._batch.fill([Slice(0, 0, [0] * self.max_tokens, sample=False)], every_output=True)
        native_log.disabled = True  # it calls the stop an error
        llama_cpp.llama_encode(self._context, self._batch.native)
        native_log.disabled = False
        llama_cpp.llama_set_abort_callback(self._context, llama_cpp.ggml_abort_callback(0), None)
        release_logits(self._context, self.max_tokens * vocabulary_size * 4)

    def _pooled(self, seq: int, width: int) -> np.ndarray:
        values = llama_cpp.llama_get_embeddings_seq(self._context, seq)
        if not values:
            raise EngineFault(f"nothing pooled for text {seq}")
        return np.ctypeslib.as_array(values, shape=(width,)).astype(np.float32)


class EncoderModel:
    """A loaded encoder file with its context, vocabulary and life: what an embedder and a reranker are made of."""

    def __init__(self, path: Path, options: LoadOptions, fault: Callable[[int], str]) -> None:
        """`fault(model)` says why a loaded model does not serve, '' where it does. Raises ModelUnavailable with it."""
        self._model = load_model(path, options, lambda _percent: True)
        self._encoder: Encoder | None = None
        self.name = path.stem
        self._vocabulary = Vocabulary(self._model)
        try:
            if reason := fault(self._model):
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

    def _encode(self, texts: Sequence[Sequence[int]], width: int) -> list[np.ndarray]:
        assert self._encoder is not None
        return self._encoder.encode(texts, width)

    def close(self) -> None:
        if self._encoder:
            self._encoder.close()
            self._encoder = None
        if self._model:
            llama_cpp.llama_model_free(self._model)
            self._model = 0
