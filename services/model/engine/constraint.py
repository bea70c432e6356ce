"""A grammar on an answer, cheaply: draw, check that one token, and only when it is refused apply the grammar to all.

A token outside the grammar is never accepted: the library ends the process on one.
"""

import ctypes
import time
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import llama_cpp as native
import numpy as np

from services.model.engine.chain import Pointer
from services.model.engine.grammar import refused

Candidates: TypeAlias = np.ndarray[tuple[int], np.dtype[np.void]]
MAX_STEP_S = 2.0
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Constraint:
    """One answer's grammar state."""

    def __init__(
        self,
        vocab: Pointer,
        *,
        grammar: str,
        field: str,
        n_vocab: int,
        eog_tokens: Iterable[int],
        resumed: Sequence[int],
    ) -> None:
        """Raises InvalidSampling (field) when the grammar does not parse or `resumed` tokens do not follow it."""
        self._ids = np.arange(n_vocab, dtype=np.int32)
        self._eog = tuple(eog_tokens)
        self._field = field
        self._all = np.zeros(n_vocab, _CANDIDATE)
        self._grammar: Pointer | None = native.llama_sampler_init_grammar(vocab, grammar.encode(), b"root")
        if not self._grammar:
            self._grammar = None
            raise refused(field, "it does not parse")
        for token in resumed:
            if not self._allows(token):
                self.close()
                raise refused(field, "the answer so far does not follow it")
            native.llama_sampler_accept(self._grammar, token)

    def sample(self, chain: Pointer, logits: "ctypes._Pointer[ctypes.c_float]") -> int:
        """Draw with `chain` from raw `logits`, and accept the token in both. A finished grammar gives an EOG token.

        Raises InvalidSampling for a grammar that takes too long.
        """
        token = _draw(chain, self._candidates(logits))
        if not self._allows(token):
            kept = self._allowed(logits)
            if not len(kept):
                return self._eog[0]
            token = _draw(chain, kept)
        if token not in self._eog:
            native.llama_sampler_accept(chain, token)
            native.llama_sampler_accept(self._grammar, token)
        return token

    def close(self) -> None:
        """Free the native grammar."""
        if self._grammar is not None:
            native.llama_sampler_free(self._grammar)
            self._grammar = None

    def _candidates(self, logits: "ctypes._Pointer[ctypes.c_float]") -> Candidates:
        self._all["id"] = self._ids
        self._all["logit"] = np.ctypeslib.as_array(logits, shape=(len(self._ids),))
        return self._all

    def _allowed(self, logits: "ctypes._Pointer[ctypes.c_float]") -> Candidates:
        """Only what the grammar allows: filters behind it must not meet candidates of probability 0."""
        candidates = self._candidates(logits)
        started = time.monotonic()
        native.llama_sampler_apply(self._grammar, ctypes.byref(_native_array(candidates)))
        if time.monotonic() - started > MAX_STEP_S:
            raise refused(self._field, "it is too ambiguous: one token takes longer than the others may wait")
        return np.compress(np.isfinite(candidates["logit"]), candidates)

    def _allows(self, token: int) -> bool:
        one = np.array([(token, 0.0, 0.0)], _CANDIDATE)
        native.llama_sampler_apply(self._grammar, ctypes.byref(_native_array(one)))
        return bool(np.isfinite(one["logit"][0]))


def _native_array(candidates: Candidates) -> native.llama_token_data_array:
    data = candidates.ctypes.data_as(native.llama_token_data_p)
    return native.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)


def _draw(chain: Pointer, candidates: Candidates) -> int:
    array = _native_array(candidates)
    native.llama_sampler_apply(chain, ctypes.byref(array))
    if not 0 <= array.selected < array.size:
        return int(candidates["id"][0])
    return int(array.data[array.selected].id)
