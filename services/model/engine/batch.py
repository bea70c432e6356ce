"""A native batch filled through numpy: no Python work per token."""

import ctypes
from collections.abc import Sequence

import llama_cpp
import numpy as np

from services.model.engine.base import Slice


class NativeBatch:
    """Arrays of a fixed capacity that a llama_batch points into."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._token = np.zeros(capacity, np.int32)
        self._pos = np.zeros(capacity, np.int32)
        self._count = np.ones(capacity, np.int32)
        self._seq = np.zeros(capacity, np.int32)
        self._output = np.zeros(capacity, np.int8)
        stride = self._seq.itemsize
        self._seq_rows = (self._seq.ctypes.data + stride * np.arange(capacity)).astype(np.uintp)
        self._steps = np.arange(capacity, dtype=np.int32)
        self.native = llama_cpp.llama_batch(
            n_tokens=0,
            token=_pointer(self._token, llama_cpp.llama_token),
            embd=None,
            pos=_pointer(self._pos, llama_cpp.llama_pos),
            n_seq_id=_pointer(self._count, ctypes.c_int32),
            seq_id=_pointer(self._seq_rows, ctypes.POINTER(llama_cpp.llama_seq_id)),
            logits=_pointer(self._output, ctypes.c_int8),
        )

    def fill(self, slices: Sequence[Slice], *, every_output: bool = False) -> list[int]:
        """Lay the slices out one behind the other; returns the index of each one's last token.

        Raises ValueError when they do not fit: the library would end the process.
        """
        total = sum(len(part.tokens) for part in slices)
        if not 0 < total <= self.capacity:
            raise ValueError(f"{total} tokens in a batch of {self.capacity}")
        ends, at = [], 0
        self._output[:total] = every_output
        for part in slices:
            end = at + len(part.tokens)
            self._token[at:end] = part.tokens
            self._pos[at:end] = self._steps[: end - at]
            self._pos[at:end] += part.start
            self._seq[at:end] = part.seq
            if part.sample:
                self._output[end - 1] = 1
            ends.append(end - 1)
            at = end
        self.native.n_tokens = total
        return ends


def _pointer(array: np.ndarray, kind: type) -> object:
    return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))
