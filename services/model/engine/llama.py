"""The chat model on llama.cpp: weights, one context as a shared pool, and the guards its native calls need."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import llama_cpp

from services.core.errors import ModelUnavailable
from services.core.protocol.frames import Sampling, TokenLogprob
from services.model.engine.base import Capabilities, EngineFacts, EngineFault, Outcome, Slice, TokenSampler
from services.model.engine.batch import NativeBatch
from services.model.engine.chain import Pointer
from services.model.engine.native import (
    SCRATCH_SEQUENCES,
    LoadOptions,
    StopFlag,
    chat_context,
    load_model,
    meta,
    reads_both_ways,
)
from services.model.engine.sampler import NativeSampler
from services.model.engine.snapshot import Payload, Scratch
from services.model.engine.vocabulary import Vocabulary
from services.model.template import probe

_DECODED, _NO_ROOM, _ABORTED = 0, 1, 2  # llama_decode in llama.h


IDLE_SHARE = 64
"""A step reads the weights once and the whole pool once; what idle sequences keep may add so small a part to it. That
is some 500 tokens for a 7B model. What goes for it lies in the KV store and is put back in less than a second."""


def idle_cells(model: Pointer) -> int:
    """Cells whose keys and values (f16) are a small part of the weights' size."""
    heads = max(llama_cpp.llama_model_n_head(model), 1)
    head_kv = llama_cpp.llama_model_n_head_kv(model) or heads
    row = llama_cpp.llama_model_n_embd(model) // heads * head_kv
    cell_bytes = int(llama_cpp.llama_model_n_layer(model) * row * 2 * 2)
    return max(int(llama_cpp.llama_model_size(model)) // IDLE_SHARE // max(cell_bytes, 1), 1)


class LlamaEngine:
    """One GGUF chat model. Raises ModelUnavailable from the constructor when it cannot serve as one."""

    def __init__(self, path: Path, options: LoadOptions, on_percent: Callable[[int], bool]) -> None:
        self._model = load_model(path, options, on_percent)
        self._path = path
        self._options = options
        self._context = 0
        self._stop = StopFlag()
        try:
            if reads_both_ways(self._model) or llama_cpp.llama_model_has_encoder(self._model):
                reason = f"{path.name} is no chat model; put a chat model's GGUF into the models folder"
                raise ModelUnavailable(reason, reason=reason)
            self._open(options)
        except ModelUnavailable:
            self.close()
            raise
        self.tokenizer = Vocabulary(self._model)
        template = llama_cpp.llama_model_chat_template(self._model, None)
        self.chat_format = probe(
            template.decode(errors="replace") if template else "",
            self.tokenizer,
            bos_text=self.tokenizer.bos_text,
            eos_text=self.tokenizer.eos_text,
            controls=self.tokenizer.controls(),
        )
        recurrent = llama_cpp.llama_model_is_recurrent(self._model) or llama_cpp.llama_model_is_hybrid(self._model)
        self.capabilities = Capabilities(partial_reuse=not recurrent, fork=True, grammar=True, snapshots=not recurrent)
        self.facts = self._facts()

    def _open(self, options: LoadOptions) -> None:
        """A context and all that speaks of it. Raises ModelUnavailable."""
        self._context = chat_context(self._model, self._path.name, options)
        self._stop.install(self._context)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._scratch = Scratch(self._context, llama_cpp.llama_n_seq_max(self._context) - SCRATCH_SEQUENCES)
        self._batch = NativeBatch(llama_cpp.llama_n_batch(self._context))
        self._rows: list[int] = []

    def _facts(self) -> EngineFacts:
        return EngineFacts(
            name=meta(self._model, "general.name") or self._path.stem,
            n_ctx=llama_cpp.llama_n_ctx(self._context),
            n_ctx_train=llama_cpp.llama_model_n_ctx_train(self._model),
            n_embd=llama_cpp.llama_model_n_embd(self._model),
            n_vocab=self.tokenizer.size,
            n_batch=self._batch.capacity,
            n_seq_max=llama_cpp.llama_n_seq_max(self._context) - SCRATCH_SEQUENCES,
            chat_template=self.chat_format.template_found,
            idle_cells=idle_cells(self._model),
        )

    def resize(self, n_ctx: int, parallel: int) -> None:
        wanted = replace(self._options, context_tokens=n_ctx, parallel=parallel)
        self._close_context()
        try:
            self._open(wanted)
        except ModelUnavailable:
            self._open_again()
            raise
        self._options, self.facts = wanted, self._facts()

    @property
    def strips_first_space(self) -> bool:
        """SentencePiece answers begin with a space that is no part of the text."""
        return bool(self.tokenizer.sentencepiece)

    def piece(self, token: int) -> bytes:
        return self.tokenizer.piece(token)

    def ends(self, token: int) -> bool:
        return token in self.tokenizer.ends

    def decode(self, slices: Sequence[Slice]) -> Outcome:
        self._rows = self._batch.fill(slices)
        result = llama_cpp.llama_decode(self._context, self._batch.native)
        if result == _DECODED:
            return Outcome.DONE
        self._rows = []
        if result == _NO_ROOM:
            return Outcome.FULL
        for part in slices:
            self.cut(part.seq, part.start)
        if result == _ABORTED:
            self._stop.clear()
            return Outcome.INTERRUPTED
        raise EngineFault(f"llama_decode returned {result}")

    def row(self, index: int) -> int:
        """Where the output of a slice of the last step lies in its batch."""
        return self._rows[index]

    @property
    def context(self) -> int:
        return self._context

    def sampler(self, sampling: Sampling, tokens: Sequence[int], generated: int) -> TokenSampler:
        native = NativeSampler(
            self._model,
            self.tokenizer.native,
            sampling,
            n_vocab=self.tokenizer.size,
            eog_tokens=sorted(self.tokenizer.ends),
            history=tokens,
            draws_done=generated,
        )
        return _LlamaSampler(self, native)

    def fork(self, source: int, target: int, length: int) -> None:
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def cut(self, seq: int, length: int) -> bool:
        if llama_cpp.llama_memory_seq_rm(self._memory, seq, length, -1):
            return True
        llama_cpp.llama_memory_seq_rm(self._memory, seq, -1, -1)
        return False

    def export(self, seq: int, start: int, end: int) -> Payload:
        return self._scratch.export(seq, start, end)

    def restore(self, seq: int, payload: Payload, held: tuple[int, int], wanted: tuple[int, int]) -> bool:
        return self._scratch.restore(seq, payload, held, wanted)

    def interrupt(self) -> None:
        self._stop.set()

    def _open_again(self) -> None:
        try:
            self._open(self._options)
        except ModelUnavailable as error:
            raise EngineFault("there is no memory for the pool that was there before") from error

    def _close_context(self) -> None:
        if self._context:
            llama_cpp.llama_free(self._context)
            self._context = 0

    def close(self) -> None:
        self._close_context()
        if self._model:
            llama_cpp.llama_model_free(self._model)
            self._model = 0


class _LlamaSampler:
    """A run's sampler, bound to where the engine put its output."""

    def __init__(self, engine: LlamaEngine, native: NativeSampler) -> None:
        self._engine = engine
        self._native = native

    def sample(self, row: int) -> tuple[int, TokenLogprob | None]:
        return self._native.sample(self._engine.context, self._engine.row(row))

    def close(self) -> None:
        self._native.close()
