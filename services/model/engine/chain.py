"""Builds llama.cpp sampler chains in the order of its command line tool: biases, penalties, DRY, filters, temperature.

What draws random numbers stands in the tail, which is built anew for each draw.
"""

import ctypes
import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import llama_cpp as native

from services.core.protocol.frames import Sampling

Pointer: TypeAlias = Any  # an opaque C pointer; the binding's own types are Any too
_BREAKERS = (b"\n", b":", b'"', b"*")
_MIROSTAT_WINDOW = 100
_KEEP_POSSIBLE = 1e-6


def chain_of(samplers: Iterable[Pointer]) -> Pointer:
    """A chain that owns `samplers`."""
    chain = native.llama_sampler_chain_init(native.llama_sampler_chain_default_params())
    for sampler in samplers:
        native.llama_sampler_chain_add(chain, sampler)
    return chain


def build_filters(
    vocab: Pointer, s: Sampling, *, n_vocab: int, n_ctx_train: int, eog_tokens: Sequence[int], seed: int
) -> Pointer:
    """Everything of the chain that remembers tokens or needs no random number. The caller frees it."""
    links: list[Pointer] = []
    bias = _biases(s, eog_tokens)
    if bias:
        array = (native.llama_logit_bias * len(bias))(*bias)
        links.append(native.llama_sampler_init_logit_bias(n_vocab, len(bias), array))
    links += _penalties(vocab, s, n_vocab, n_ctx_train)
    if s.temperature <= 0:
        return chain_of([*links, native.llama_sampler_init_greedy()])
    if s.mirostat:
        links.append(native.llama_sampler_init_temp(s.temperature))
        tau, eta = s.mirostat_tau, s.mirostat_eta
        if s.mirostat == 1:
            return chain_of([*links, native.llama_sampler_init_mirostat(n_vocab, seed, tau, eta, _MIROSTAT_WINDOW)])
        return chain_of([*links, native.llama_sampler_init_mirostat_v2(seed, tau, eta)])
    links.append(native.llama_sampler_init_top_k(s.top_k))
    if s.typical_p < 1:
        # A candidate of probability 0 makes the entropy of typical sampling a NaN.
        links.append(native.llama_sampler_init_min_p(_KEEP_POSSIBLE, 1))
        links.append(native.llama_sampler_init_typical(s.typical_p, 1))
    if s.top_p < 1:
        links.append(native.llama_sampler_init_top_p(s.top_p, 1))
    if s.min_p > 0:
        links.append(native.llama_sampler_init_min_p(s.min_p, 1))
    if not s.xtc_probability:
        links.append(native.llama_sampler_init_temp(s.temperature))
    return chain_of(links)


def build_tail(s: Sampling, seed: int, draw: int) -> Pointer | None:
    """The random end of the chain for draw number `draw`; None where the filters already choose."""
    if s.temperature <= 0 or s.mirostat:
        return None
    dist = native.llama_sampler_init_dist(_mix(seed, draw, 0))
    if not s.xtc_probability:
        return dist
    xtc = native.llama_sampler_init_xtc(s.xtc_probability, s.xtc_threshold, 1, _mix(seed, draw, 1))
    return chain_of([xtc, native.llama_sampler_init_temp(s.temperature), dist])


def _mix(seed: int, draw: int, use: int) -> int:
    """32 well-mixed bits; never the value that llama.cpp takes as "pick one"."""
    text = b"%d.%d.%d" % (seed, draw, use)
    return int.from_bytes(hashlib.blake2s(text, digest_size=4).digest(), "little") & 0x7FFFFFFF


def _biases(s: Sampling, eog_tokens: Sequence[int]) -> list[native.llama_logit_bias]:
    bias = dict(s.logit_bias)
    if s.ignore_eos:
        bias.update(dict.fromkeys(eog_tokens, -math.inf))
    return [native.llama_logit_bias(token=token, bias=value) for token, value in bias.items()]


def _penalties(vocab: Pointer, s: Sampling, n_vocab: int, n_ctx_train: int) -> list[Pointer]:
    links = []
    if s.repeat_penalty != 1 or s.frequency_penalty or s.presence_penalty:
        last_n = n_ctx_train if s.repeat_last_n < 0 else s.repeat_last_n
        links.append(
            native.llama_sampler_init_penalties(
                n_vocab, last_n, s.repeat_penalty, s.frequency_penalty, s.presence_penalty
            )
        )
    if s.dry_multiplier:
        last_n = n_ctx_train if s.dry_penalty_last_n < 0 else s.dry_penalty_last_n
        breakers = (ctypes.c_char_p * len(_BREAKERS))(*_BREAKERS)
        links.append(
            native.llama_sampler_init_dry(
                vocab, s.dry_multiplier, s.dry_base, s.dry_allowed_length, last_n, breakers, len(_BREAKERS)
            )
        )
    return links
