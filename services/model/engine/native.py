"""The library's handles: one place where models and contexts are opened, every failure a Python exception."""

import ctypes
import logging
import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import llama_cpp

from services.core.errors import ModelUnavailable

log = logging.getLogger("llama")

_META_BYTES = 512
MOST_UBATCH_TOKENS = 128
"""What is computed at a time. More is no faster on a CPU (307 tokens/s read at 128, 308 at 512) and its attention
scores take more memory."""
SCRATCH_SEQUENCES = 1
"""The highest sequence is the engine's own: parts of others pass through it on their way out and in."""
_GGML_LOG_ERROR = 4  # enum ggml_log_level of ggml.h
KvType = Literal["f16", "q8_0"]
_KV_TYPES: dict[KvType, int] = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}
LoadMode = Literal["none", "mmap"]
_LOAD_MODES = {"none": llama_cpp.LLAMA_LOAD_MODE_NONE, "mmap": llama_cpp.LLAMA_LOAD_MODE_MMAP}


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a model is loaded and run. `threads` 0: one a core. `load_mode` "none" reads the file into memory once,
    "mmap" maps it; `repack` rewrites weights for this CPU (with mmap: a second copy of them).

    Flash attention is off: on a CPU it is slower for answers, the more the longer the chat (SmolLM2, ms a token at a
    depth of 128 / 1024 / 2816 tokens: 12.8 / 31.8 / 60.8 with, 11.2 / 16.7 / 24.2 without). q8_0 needs it."""

    context_tokens: int = 4096
    parallel: int = 4
    threads: int = 0
    threads_batch: int = 0
    batch_tokens: int = 512
    kv_type: KvType = "f16"
    flash_attention: bool = False
    load_mode: LoadMode = "none"
    repack: bool = True
    spare_sequences: int = field(default=16)


def _on_log(level: int, text: bytes, _user: object) -> None:
    if level == _GGML_LOG_ERROR:
        log.warning("%s", text.decode(errors="replace").rstrip())
    elif log.isEnabledFor(logging.DEBUG):
        log.debug("%s", text.decode(errors="replace").rstrip())


_log_callback = llama_cpp.llama_log_callback(_on_log)
_strlen = ctypes.cast(ctypes.CDLL(None).strlen, llama_cpp.ggml_abort_callback)


def start_backend() -> None:
    """Once a process, before anything else of this package."""
    llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()


class StopFlag:
    """Ends a native step from any thread. The library polls `strlen` of a two-byte buffer, so the poll costs no Python:
    an empty string is 0, go on; one character is 1, stop."""

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(2)

    def install(self, context: int) -> None:
        llama_cpp.llama_set_abort_callback(context, _strlen, ctypes.cast(self._buffer, ctypes.c_void_p))

    def set(self) -> None:
        self._buffer[0] = b"!"

    def clear(self) -> None:
        self._buffer[0] = b"\0"


def release_logits(context: int, size: int) -> None:
    """Give the pages of a context's logits back: an embedder never fills them, yet the library clears them once, which
    for 512 tokens of 250,000 words takes 0.5 GB. They read as zero afterwards. Does nothing where madvise does not."""
    logits = ctypes.cast(llama_cpp.llama_get_logits(context), ctypes.c_void_p).value
    if not logits:
        return
    page = os.sysconf("SC_PAGE_SIZE")
    start = -(-logits // page) * page
    end = (logits + size) // page * page
    if end > start:
        ctypes.CDLL(None).madvise(
            ctypes.c_void_p(start), ctypes.c_size_t(end - start), ctypes.c_int(mmap.MADV_DONTNEED)
        )


def cores() -> int:
    """CPUs this process may use."""
    return len(os.sched_getaffinity(0))


def load_model(path: Path, options: LoadOptions, on_percent: Callable[[int], bool]) -> int:
    """Load weights; `on_percent` is told 0 to 100 and answers False to give up. Check the file before.

    Raises ModelUnavailable when the library refuses the file.
    """
    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = 0
    params.load_mode = _LOAD_MODES[options.load_mode]
    params.use_extra_bufts = options.repack
    progress = llama_cpp.llama_progress_callback(lambda share, _user: on_percent(int(share * 100)))
    params.progress_callback = progress
    model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        reason = f"{path.name} cannot be loaded: the file is damaged or of a kind this version does not know"
        raise ModelUnavailable(reason, reason=reason)
    return int(model)


def open_context(model: int, name: str, params: llama_cpp.llama_context_params) -> int:
    """Raises ModelUnavailable when there is not enough memory for the context."""
    context = llama_cpp.llama_init_from_model(model, params)
    if not context:
        reason = f"no memory for the context of {name}; lower engine.context_tokens or choose a smaller model"
        raise ModelUnavailable(reason, reason=reason)
    return int(context)


def library_build() -> str:
    """The library and the form of its sequence states."""
    state = f"state {llama_cpp.LLAMA_STATE_SEQ_MAGIC:x}.{llama_cpp.LLAMA_STATE_SEQ_VERSION}"
    return f"llama-cpp-python {llama_cpp.__version__}, {state}"


def uses_flash_attention(options: LoadOptions) -> bool:
    return options.flash_attention or options.kv_type != "f16"


def chat_context(model: int, name: str, options: LoadOptions) -> int:
    """A context whose cells all sequences share. One output a sequence and step."""
    params = llama_cpp.llama_context_default_params()
    wanted = options.parallel + options.spare_sequences + SCRATCH_SEQUENCES
    sequences = min(wanted, llama_cpp.llama_max_parallel_sequences())
    params.n_ctx = options.context_tokens
    params.n_batch = max(options.batch_tokens, sequences)
    params.n_ubatch = max(min(options.batch_tokens, MOST_UBATCH_TOKENS), sequences)
    params.n_seq_max = params.n_outputs_max = sequences
    params.kv_unified = True
    params.n_threads = options.threads or cores()
    params.n_threads_batch = options.threads_batch or params.n_threads
    params.type_k = params.type_v = _KV_TYPES[options.kv_type]
    params.flash_attn_type = (
        llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        if uses_flash_attention(options)
        else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    )
    params.no_perf = True
    return open_context(model, name, params)


def meta(model: int, key: str) -> str:
    """A value of the file's metadata as text, empty where there is none."""
    buffer = ctypes.create_string_buffer(_META_BYTES)
    length = llama_cpp.llama_model_meta_val_str(model, key.encode(), buffer, _META_BYTES)
    return buffer.value.decode(errors="replace") if length > 0 else ""


def reads_both_ways(model: int) -> bool:
    """Whether this is an embedding model: attention without a direction, pooled over the text."""
    return meta(model, meta(model, "general.architecture") + ".attention.causal") == "false"
