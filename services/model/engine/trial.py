"""A model loaded to find out how fast it runs. Speeds are among the best of a few tries: others only slow one down."""

import time
from dataclasses import replace
from pathlib import Path

import llama_cpp

from services.model.calibrate import KvType, Tuning
from services.model.engine.base import Slice
from services.model.engine.batch import NativeBatch
from services.model.engine.native import LoadOptions, chat_context, load_model

_DECODE_S = 0.3
_MIN_STEPS, _MAX_STEPS = 4, 32
_QUICK_S = 0.4
_CONTEXT_TOKENS = 1024


class NativeTrial:
    """Weights in memory; a context per KV type and batch size, the last one kept. Raises ModelUnavailable."""

    def __init__(self, path: Path, options: LoadOptions) -> None:
        self._name = path.name
        self._options = replace(options, context_tokens=_CONTEXT_TOKENS, parallel=1, spare_sequences=1)
        self._model = load_model(path, options, lambda _percent: True)
        self._context = 0
        self._open_for: tuple[KvType, int] | None = None
        self._batch = NativeBatch(_CONTEXT_TOKENS)

    def decode_speed(self, tuning: Tuning) -> float:
        self._prepare(tuning)
        self._read(0, 8)
        times: list[float] = []
        while len(times) < _MIN_STEPS or (sum(times) < _DECODE_S and len(times) < _MAX_STEPS):
            began = time.perf_counter()
            self._read(8 + len(times), 1)
            times.append(time.perf_counter() - began)
        times.sort()
        return 1 / times[len(times) // 4]

    def prompt_speed(self, tuning: Tuning, tokens: int) -> float:
        self._prepare(tuning)
        best = 0.0
        for _ in range(3):
            began = time.perf_counter()
            for start in range(0, tokens, tuning.batch_tokens):
                self._read(start, min(tuning.batch_tokens, tokens - start))
            took = time.perf_counter() - began
            best = max(best, tokens / took)
            self._empty()
            if took > _QUICK_S:
                break
        return best

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_free(self._context)
            self._context = 0
        if self._model:
            llama_cpp.llama_model_free(self._model)
            self._model = 0

    def _prepare(self, tuning: Tuning) -> None:
        wanted = (tuning.kv_type, tuning.batch_tokens)
        if self._open_for != wanted:
            if self._context:
                llama_cpp.llama_free(self._context)
                self._context = 0
            options = replace(self._options, kv_type=tuning.kv_type, batch_tokens=tuning.batch_tokens)
            self._context = chat_context(self._model, self._name, options)
            self._open_for = wanted
        llama_cpp.llama_set_n_threads(self._context, tuning.threads, tuning.threads_batch)
        self._empty()
        self._read(0, 4)
        self._empty()

    def _read(self, start: int, count: int) -> None:
        tokens = range(100 + start, 100 + start + count)
        self._batch.fill([Slice(0, start, tokens, sample=True)])
        llama_cpp.llama_decode(self._context, self._batch.native)

    def _empty(self) -> None:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), False)
