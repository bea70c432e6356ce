"""The ranges of every sampling field. Native samplers assert on some of these: nothing gets past `check`."""

import math

from services.core.errors import InvalidSampling
from services.core.protocol.frames import Sampling

RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 5.0),
    "top_k": (0, 1_000_000),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "typical_p": (0.0, 1.0),
    "repeat_penalty": (0.01, 10.0),
    "repeat_last_n": (-1, 1_000_000),
    "frequency_penalty": (-2.0, 2.0),
    "presence_penalty": (-2.0, 2.0),
    "dry_multiplier": (0.0, 100.0),
    "dry_base": (1.0, 10.0),
    "dry_allowed_length": (0, 10_000),
    "dry_penalty_last_n": (-1, 1_000_000),
    "xtc_probability": (0.0, 1.0),
    "xtc_threshold": (0.0, 1.0),
    "mirostat": (0, 2),
    "mirostat_tau": (0.01, 100.0),
    "mirostat_eta": (0.0001, 1.0),
    "seed": (0, 4_294_967_295),
    "logprobs": (0, 20),
}
BIAS_RANGE = (-1000.0, 1000.0)
MAX_BIASES = 1024


def check(sampling: Sampling, *, n_vocab: int) -> None:
    """Raises InvalidSampling (field, min, max) for the first value out of its range."""
    for field, (low, high) in RANGES.items():
        value = getattr(sampling, field)
        if value is not None and not low <= value <= high:
            raise _outside(field, value, low, high)
    if len(sampling.logit_bias) > MAX_BIASES:
        raise _outside("logit_bias", len(sampling.logit_bias), 0, MAX_BIASES)
    for token, bias in sampling.logit_bias.items():
        if not 0 <= token < n_vocab:
            raise _outside("logit_bias", token, 0, n_vocab - 1)
        if not (BIAS_RANGE[0] <= bias <= BIAS_RANGE[1] or bias == -math.inf):
            raise _outside("logit_bias", bias, *BIAS_RANGE)
    if sampling.grammar is not None and sampling.json_schema is not None:
        raise InvalidSampling("give a grammar or a JSON schema, not both", field="grammar", min=None, max=None)


def _outside(field: str, value: float, low: float, high: float) -> InvalidSampling:
    return InvalidSampling(f"{field} is {value}; it must be from {low} to {high}", field=field, min=low, max=high)
