"""GBNF grammars and JSON schemas from outside, made safe for the native parser (deep nesting overflows its stack)."""

import json
import re

from services.core.errors import InvalidSampling
from services.model.engine.schema import schema_to_grammar

MAX_GRAMMAR_CHARS = 64_000
MAX_NESTING = 200
MAX_REPEAT = 2000
MAX_QUANTIFIERS = 20  # in one sequence: 32 can cost 2 s a token, 64 more than a minute
_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*', re.DOTALL)
_REPEAT = re.compile(r"\{\s*(\d*)\s*,?\s*(\d*)\s*\}")
_QUANTIFIER = re.compile(r"[*?+]|\{")
_SEQUENCE = re.compile(r"::=|\|(?![^(]*\))")
_ROOT = re.compile(r"^\s*root\s*::=", re.MULTILINE)


def grammar_of(grammar: str | None, json_schema: str | None) -> str | None:
    """GBNF text to constrain an answer with, or None. Raises InvalidSampling (field grammar or json_schema)."""
    if json_schema is not None:
        grammar = _from_schema(json_schema)
        return _checked(grammar, "json_schema")
    return None if grammar is None else _checked(grammar, "grammar")


def refused(field: str, why: str) -> InvalidSampling:
    """The error for a grammar or schema that cannot be used."""
    return InvalidSampling(f"{field}: {why}", field=field, min=None, max=None)


def _checked(grammar: str, field: str) -> str:
    if len(grammar) > MAX_GRAMMAR_CHARS:
        raise refused(field, f"{len(grammar)} characters of grammar; at most {MAX_GRAMMAR_CHARS} are allowed")
    if "\0" in grammar:
        raise refused(field, "a NUL character is not allowed")
    bare = _LITERAL.sub('""', grammar)
    if not _ROOT.search(bare):
        raise refused(field, "it has no rule named root")
    depth = deepest = 0
    for sign in bare:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise refused(field, f"parentheses are nested {deepest} deep; at most {MAX_NESTING} are allowed")
    for match in _REPEAT.finditer(bare):
        low, high = (int(number or 0) for number in match.groups())
        if max(low, high) > MAX_REPEAT:
            raise refused(field, f"a repetition of more than {MAX_REPEAT} is not allowed")
        if high and low > high:
            raise refused(field, f"a repetition of {low} to {high} is impossible")
    is_own = field == "grammar"
    if is_own and any(len(_QUANTIFIER.findall(sequence)) > MAX_QUANTIFIERS for sequence in _SEQUENCE.split(bare)):
        raise refused(field, f"more than {MAX_QUANTIFIERS} optional or repeated items in a row are not allowed")
    return grammar


def _from_schema(schema: str) -> str:
    if len(schema) > MAX_GRAMMAR_CHARS:
        raise refused("json_schema", f"{len(schema)} characters; at most {MAX_GRAMMAR_CHARS} are allowed")
    try:
        parsed = json.loads(schema)
    except (ValueError, RecursionError) as error:
        raise refused("json_schema", f"not valid JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise refused("json_schema", "a schema is a JSON object")
    try:
        return schema_to_grammar(parsed)
    except (
        ValueError,
        OverflowError,
        AssertionError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
    ) as error:
        raise refused("json_schema", f"this schema is not supported: {error or type(error).__name__}") from None
