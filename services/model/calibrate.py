"""How a model runs fastest on this box: measured once, then remembered. Which settings to try and which wins is decided
here; what is measured comes from a `Trial`, time from a clock, so all of it can be tested without a model.

Order, each with what won so far: threads (for answering and for reading apart), tokens a batch, KV type, and last the
weights as they are in the file instead of repacked (that costs a second loading, so only where time is left).
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Literal, Protocol

import msgspec

KvType = Literal["f16", "q8_0"]

SMALL_MODEL_BYTES = 1_000_000_000
BUDGET_SMALL_S = 15.0
BUDGET_LARGE_S = 50.0
_STEADY = 0.8
TYPICAL_READ_TOKENS = 200
TYPICAL_ANSWER_TOKENS = 200
_SHORT_READ_TOKENS = 64
_BATCHES = (512, 256, 128)
_WORTH_IT = 0.97
"""A setting other than the first of its kind must take less than this share of its time: noise decides nothing."""


class Tuning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is found. `threads` answer, `threads_batch` read prompts."""

    threads: int
    threads_batch: int
    batch_tokens: int
    kv_type: KvType
    repack: bool


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Speeds of one setting in tokens per second; 0 where it was not measured."""

    tuning: Tuning
    decode_tokens_per_s: float
    prompt_tokens_per_s: float

    @property
    def turn_s(self) -> float:
        """Seconds that a typical turn takes; infinite where a speed is missing."""
        if not self.decode_tokens_per_s or not self.prompt_tokens_per_s:
            return float("inf")
        return TYPICAL_READ_TOKENS / self.prompt_tokens_per_s + TYPICAL_ANSWER_TOKENS / self.decode_tokens_per_s


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings that won, everything that was measured, how long it took and when (unix seconds). Not `steady`: the
    box was busy with something else, the settings are the untried ones, and measuring again another time is better."""

    tuning: Tuning
    measured: tuple[Measured, ...]
    took_s: float
    steady: bool = True
    at: float = 0.0


class Trial(Protocol):
    """A loaded model whose speed can be asked for."""

    def decode_speed(self, tuning: Tuning) -> float:
        """Tokens per second of one answer."""

    def prompt_speed(self, tuning: Tuning, tokens: int) -> float:
        """Tokens per second of reading `tokens`, in batches of `tuning.batch_tokens`."""

    def close(self) -> None: ...


def budget_s(model_bytes: int) -> float:
    """Seconds that calibrating may take beside loading."""
    return BUDGET_SMALL_S if model_bytes < SMALL_MODEL_BYTES else BUDGET_LARGE_S


def thread_counts(cores: int) -> tuple[int, ...]:
    """Worth trying on `cores`: all, one less (the others need one too), half."""
    return tuple(sorted({cores, max(cores - 1, 1), max(cores // 2, 1)}, reverse=True))


def calibrate(
    open_trial: Callable[[bool], Trial],
    *,
    threads: Sequence[int],
    kv_types: Sequence[KvType],
    repack: bool,
    budget: float,
    clock: Callable[[], float],
) -> Calibration:
    """`open_trial(repack)` loads the model. First of `threads` and `kv_types` are what is used without measuring.

    `repack` False leaves the weights as they are (memory is short). Past `budget` seconds nothing new is begun.
    """
    began = clock()
    with closing(open_trial(repack)) as trial:
        load_s = clock() - began
        bench = _Bench(trial, clock, clock() + budget)
        first = Tuning(threads[0], threads[0], _BATCHES[0], kv_types[0], repack)
        best = _pick_threads(bench, first, threads)
        if not bench.steady():
            return Calibration(first, tuple(bench.measured), round(clock() - began, 1), steady=False)
        best = _pick_batch(bench, best)
        best = _pick_kv(bench, best, kv_types)
    measured = bench.measured
    if repack and bench.left() > load_s + bench.spent_per_setting():
        with closing(open_trial(False)) as trial:
            plain = _Bench(trial, clock, bench.deadline)
            raw = plain.measure(msgspec.structs.replace(best.tuning, repack=False))
        measured += plain.measured
        best = raw if raw.turn_s < best.turn_s * _WORTH_IT else best
    return Calibration(best.tuning, tuple(measured), round(clock() - began, 1))


class _Bench:
    """Measures on one trial and keeps the results."""

    def __init__(self, trial: Trial, clock: Callable[[], float], deadline: float) -> None:
        self._trial = trial
        self._clock = clock
        self._began = clock()
        self.deadline = deadline
        self.measured: list[Measured] = []

    def left(self) -> float:
        return self.deadline - self._clock()

    def spent_per_setting(self) -> float:
        return (self._clock() - self._began) / max(len(self.measured), 1)

    def room_for_another(self) -> bool:
        return self.left() > self.spent_per_setting()

    def measure(self, tuning: Tuning) -> Measured:
        decode = self._trial.decode_speed(tuning)
        return self._keep(Measured(tuning, decode, self._trial.prompt_speed(tuning, _SHORT_READ_TOKENS)))

    def steady(self) -> bool:
        """Whether the first setting, measured again, is about as fast as it was."""
        first = self.measured[0]
        again = self._trial.decode_speed(first.tuning)
        return _STEADY < again / first.decode_tokens_per_s < 1 / _STEADY

    def measure_reading(self, tuning: Tuning, read_tokens: int) -> float:
        speed = self._trial.prompt_speed(tuning, read_tokens)
        self._keep(Measured(tuning, 0.0, speed))
        return speed

    def _keep(self, result: Measured) -> Measured:
        self.measured.append(result)
        return result


def _pick_threads(bench: _Bench, first: Tuning, counts: Sequence[int]) -> Measured:
    found = [bench.measure(first)]
    others = [msgspec.structs.replace(first, threads=count, threads_batch=count) for count in counts[1:]]
    found += [bench.measure(other) for other in others if bench.room_for_another()]
    decode = _fastest((m.tuning.threads, m.decode_tokens_per_s) for m in found)
    prompt = _fastest((m.tuning.threads_batch, m.prompt_tokens_per_s) for m in found)
    speeds = {m.tuning.threads: m for m in found}
    tuning = msgspec.structs.replace(first, threads=decode, threads_batch=prompt)
    return Measured(tuning, speeds[decode].decode_tokens_per_s, speeds[prompt].prompt_tokens_per_s)


def _pick_batch(bench: _Bench, best: Measured) -> Measured:
    """Reading one full batch of the largest size at each size, where that is quick enough to wait for."""
    tokens = _BATCHES[0]
    if tokens / best.prompt_tokens_per_s * (len(_BATCHES) + 1) > bench.left() / 2:
        return best
    found = []
    for size in _BATCHES:
        tuning = msgspec.structs.replace(best.tuning, batch_tokens=size)
        found.append((size, bench.measure_reading(tuning, tokens)))
    size = _fastest(found)
    return Measured(
        msgspec.structs.replace(best.tuning, batch_tokens=size), best.decode_tokens_per_s, best.prompt_tokens_per_s
    )


def _pick_kv(bench: _Bench, best: Measured, kv_types: Sequence[KvType]) -> Measured:
    for kv_type in kv_types[1:]:
        if bench.room_for_another():
            other = bench.measure(msgspec.structs.replace(best.tuning, kv_type=kv_type))
            best = other if other.turn_s < best.turn_s * _WORTH_IT else best
    return best


def _fastest(found: Iterable[tuple[int, float]]) -> int:
    """The value with the highest speed; the first stands unless another is clearly faster."""
    pairs = list(found)
    value, speed = pairs[0]
    best, highest = max(pairs, key=lambda pair: pair[1])
    return best if speed < highest * _WORTH_IT else value
