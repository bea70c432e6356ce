"""Settings of a chat: merging, ranges, errors that name the field."""

from typing import Any

import pytest

from services.core.errors import BadRequest, InvalidSampling
from services.web.chat.settings import ChatSettings, merge, resolve, sampling

BASE = ChatSettings(max_tokens=512)


def test_changes_replace_and_null_resets() -> None:
    overrides = merge({"temperature": 0.1, "top_k": 5}, {"temperature": None, "top_p": 0.5}, BASE)
    assert overrides == {"top_k": 5, "top_p": 0.5}
    assert resolve(overrides, BASE).temperature == 0.7
    assert resolve({}, BASE).max_tokens == 512


@pytest.mark.parametrize(
    ("changes", "low", "high"),
    [
        ({"temperature": -1}, 0, 5),
        ({"top_p": 1.5}, 0, 1),
        ({"max_tokens": 0}, 1, 131_072),
        ({"seed": -5}, 0, 2**32 - 2),
        ({"frequency_penalty": 3.0}, -2, 2),
    ],
)
def test_a_number_out_of_range_is_told_with_field_and_range(changes: dict[str, Any], low: float, high: float) -> None:
    with pytest.raises(InvalidSampling) as caught:
        merge({}, changes, BASE)
    assert caught.value.params == {"field": next(iter(changes)), "min": low, "max": high}


@pytest.mark.parametrize(
    "changes",
    [{"temprature": 1}, {"temperature": "hot"}, {"stop": "x"}, {"stop": [""]}, {"use_rag": 1}, {"document_ids": [1]}],
)
def test_a_wrong_key_or_type_is_a_bad_request(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        merge({}, changes, BASE)


def test_sampling_takes_what_the_model_needs() -> None:
    drawn = sampling(ChatSettings(temperature=0.0, logit_bias={"7": -2.0}, ignore_eos=True), seed=42)
    assert (drawn.temperature, drawn.logit_bias, drawn.ignore_eos, drawn.seed) == (0.0, {7: -2.0}, True, 42)
