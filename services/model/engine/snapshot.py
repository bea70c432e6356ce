"""Copies of keys and values out of a context and back, by way of a scratch sequence that holds nothing else."""

import ctypes

import llama_cpp
import numpy as np

from services.model.engine.chain import Pointer

Payload = bytes | bytearray | memoryview
_Bytes = ctypes.POINTER(ctypes.c_uint8)


class Scratch:
    """`seq` of a unified context is used by nobody else. Only there a part of a sequence can be shared."""

    def __init__(self, context: Pointer, seq: int) -> None:
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._seq = seq

    def export(self, seq: int, start: int, end: int) -> Payload:
        """Positions `start` to `end` of `seq`. Raises ValueError when it does not have them."""
        llama_cpp.llama_memory_seq_cp(self._memory, seq, self._seq, start, end)
        try:
            self._check(start, end)
            size = llama_cpp.llama_state_seq_get_size(self._context, self._seq)
            data = np.empty(size, np.uint8)
            written = llama_cpp.llama_state_seq_get_data(
                self._context, ctypes.cast(data.ctypes.data, _Bytes), size, self._seq
            )
        finally:
            self._clear()
        if written != size:
            raise ValueError(f"{written} of {size} bytes were copied")
        return data.data

    def restore(self, seq: int, payload: Payload, held: tuple[int, int], wanted: tuple[int, int]) -> bool:
        """Append the part `wanted` of `payload` to `seq`; False when there is no room or it is something else."""
        if not held[0] <= wanted[0] < wanted[1] <= held[1] or not self._ends_at(seq, wanted[0]):
            return False
        data = np.frombuffer(payload, np.uint8)
        try:
            read = llama_cpp.llama_state_seq_set_data(
                self._context, ctypes.cast(data.ctypes.data, _Bytes), data.nbytes, self._seq
            )
            if read != data.nbytes or self._span() != held:
                return False
            llama_cpp.llama_memory_seq_cp(self._memory, self._seq, seq, *wanted)
        finally:
            self._clear()
        return self._ends_at(seq, wanted[1])

    def _check(self, start: int, end: int) -> None:
        if self._span() != (start, end):
            raise ValueError(f"the sequence holds {self._span()} of ({start}, {end})")

    def _span(self) -> tuple[int, int]:
        first = llama_cpp.llama_memory_seq_pos_min(self._memory, self._seq)
        return first, llama_cpp.llama_memory_seq_pos_max(self._memory, self._seq) + 1

    def _ends_at(self, seq: int, length: int) -> bool:
        return bool(llama_cpp.llama_memory_seq_pos_max(self._memory, seq) + 1 == length)

    def _clear(self) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, self._seq, -1, -1)
