"""Bounds of numbers in a JSON schema, checked as regular expressions: GBNF's signs mean the same there."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.model.engine.ranges import decimals, integers
from services.model.engine.schema import schema_to_grammar

BOUND = st.integers(-(10**6), 10**6)


def matches(rule: str, text: str) -> bool:
    pattern = re.sub(r'"([^"]*)"| ', lambda found: re.escape(found[1] or ""), rule)
    return re.fullmatch(pattern, text) is not None


@given(low=BOUND, high=BOUND, value=BOUND)
def test_exactly_the_whole_numbers_between_the_bounds(low: int, high: int, value: int) -> None:
    low, high = min(low, high), max(low, high)
    rule = integers(low, high)
    for number in (value, low, high, low - 1, high + 1, 0):
        assert matches(rule, str(number)) == (low <= number <= high)
    assert not matches(rule, f"0{abs(high)}")


@given(low=BOUND, value=BOUND)
def test_an_open_side(low: int, value: int) -> None:
    assert matches(integers(low, None), str(value)) == (value >= low)
    assert matches(integers(None, low), str(value)) == (value <= low)


@given(low=BOUND, high=BOUND, thousandths=st.integers(-(10**9), 10**9))
def test_decimals_between_the_bounds(low: int, high: int, thousandths: int) -> None:
    low, high = min(low, high), max(low, high)
    sign = "-" if thousandths < 0 else ""
    text = f"{sign}{abs(thousandths) // 1000}.{abs(thousandths) % 1000:03d}"
    assert matches(decimals(low, high), text) == (low * 1000 <= thousandths <= high * 1000)
    assert matches(decimals(low, high), str(high))
    assert matches(decimals(low, high), f"{high}.00")


@pytest.mark.parametrize(
    ("schema", "fits", "not_fits"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 12}, ["1", "12"], ["0", "13", "-1", "1.5"]),
        ({"type": "integer", "exclusiveMinimum": 0}, ["1", "900"], ["0", "-3"]),
        ({"type": "number", "minimum": 0, "maximum": 1}, ["0.25", "1", "0", "1.000"], ["1.01", "-0.1", "2"]),
        ({"type": ["integer", "null"], "maximum": 3}, ["3", "-8", "null"], ["4"]),
    ],
)
def test_bounds_reach_the_grammar(schema: dict[str, Any], fits: list[str], not_fits: list[str]) -> None:
    rules = dict(line.split(" ::= ", 1) for line in schema_to_grammar(schema).splitlines())
    rule = rules["root"]
    while named := next((name for name in rules if name != "space" and re.search(rf"\b{name}\b", _bare(rule))), None):
        rule = re.sub(rf"\b{named}\b", lambda _, name=named: f"({rules[name]})", rule)  # type: ignore[misc]
    rule = re.sub(r"\bspace\b", "", rule)
    assert [text for text in fits + not_fits if matches(rule, text)] == fits


def _bare(rule: str) -> str:
    return re.sub(r'"[^"]*"', "", rule)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "integer", "minimum": 0.5},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "integer", "multipleOf": 5},
        {"type": "string", "minimum": 5},
        {"minimum": 5},
        {"type": "integer", "maximum": True},
    ],
)
def test_what_a_grammar_cannot_keep_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        schema_to_grammar(json.loads(json.dumps({"type": "object", "properties": {"a": schema}})))
