"""Every sampling field has a range, and the error names it."""

import math
from typing import Any

import msgspec
import pytest

from services.core.errors import InvalidSampling
from services.core.protocol.frames import Sampling
from services.model.sampling import RANGES, check

UNRANGED = {"logit_bias", "ignore_eos", "grammar", "json_schema"}


def test_the_defaults_are_fine_and_every_number_has_a_range() -> None:
    check(Sampling(), n_vocab=100)
    assert set(RANGES) | UNRANGED == set(Sampling.__struct_fields__)


@pytest.mark.parametrize("field", sorted(RANGES))
def test_both_ends_are_allowed_and_what_lies_beyond_is_named(field: str) -> None:
    low, high = RANGES[field]
    for value in (low, high):
        check(_with(field, value), n_vocab=100)
    for value in (low - 0.5, high + 1, math.nan, math.inf):
        with pytest.raises(InvalidSampling) as caught:
            check(_with(field, value), n_vocab=100)
        assert caught.value.params == {"field": field, "min": low, "max": high}


@pytest.mark.parametrize("bias", [{100: 1.0}, {-1: 1.0}, {5: math.nan}, {5: math.inf}, {5: 1e6}])
def test_biases_name_tokens_of_the_vocabulary_with_finite_weights(bias: dict[int, float]) -> None:
    with pytest.raises(InvalidSampling) as caught:
        check(Sampling(logit_bias=bias), n_vocab=100)
    assert caught.value.params["field"] == "logit_bias"


def test_a_token_can_be_forbidden() -> None:
    check(Sampling(logit_bias={5: -math.inf}), n_vocab=100)


def test_a_grammar_and_a_schema_exclude_each_other() -> None:
    with pytest.raises(InvalidSampling):
        check(Sampling(grammar='root ::= "a"', json_schema="{}"), n_vocab=100)


def _with(field: str, value: float) -> Sampling:
    changed: dict[str, Any] = {field: value}
    return msgspec.structs.replace(Sampling(), **changed)
