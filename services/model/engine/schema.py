"""JSON schema to GBNF: llama-cpp-python's converter, and the bounds of numbers that it passes over."""

from typing import Any

from llama_cpp.llama_grammar import SchemaConverter

from services.model.engine.ranges import decimals, integers

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LISTED = ("enum", "const", "$ref", "oneOf", "anyOf")  # these say more than bounds do


def schema_to_grammar(schema: dict[str, Any]) -> str:
    """The grammar of all JSON texts that fit `schema`. Raises ValueError and others of the converter for what it does
    not know; `$ref` may point into the schema only."""
    make: Any = _Converter  # the library has no annotations
    converter = make(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)
    converter.visit(converter.resolve_refs(schema, "schema"), "")
    return str(converter.format_grammar())


class _Converter(SchemaConverter):
    def visit(self, schema: dict[str, Any], name: str) -> str:
        if "multipleOf" in schema:
            raise ValueError("multipleOf cannot be kept by a grammar")
        if schema.keys().isdisjoint(_BOUNDS) or not schema.keys().isdisjoint(_LISTED):
            return self._as_ever(schema, name)
        match schema.get("type"):
            case "integer":
                rule = integers(*_whole(schema))
            case "number":
                rule = decimals(*_inclusive(schema))
            case list(kinds):
                return self._as_ever({"anyOf": [_of_kind(schema, kind) for kind in kinds]}, name)
            case other:
                raise ValueError(f"bounds need the type integer or number, not {other}")
        return str(self._add_rule(name or "root", f"({rule}) space"))  # type: ignore[no-untyped-call]

    def _as_ever(self, schema: dict[str, Any], name: str) -> str:
        return str(super().visit(schema, name))  # type: ignore[no-untyped-call]


def _of_kind(schema: dict[str, Any], kind: str) -> dict[str, Any]:
    """`schema` for one of its types; bounds say nothing about what is no number."""
    numeric = kind in ("integer", "number")
    return {key: value for key, value in schema.items() if numeric or key not in _BOUNDS} | {"type": kind}


def _whole(schema: dict[str, Any]) -> tuple[int | None, int | None]:
    """The bounds of an integer, both included."""
    lows = (_int(schema, "minimum"), _int(schema, "exclusiveMinimum", 1))
    highs = (_int(schema, "maximum"), _int(schema, "exclusiveMaximum", -1))
    low = max((bound for bound in lows if bound is not None), default=None)
    high = min((bound for bound in highs if bound is not None), default=None)
    return low, high


def _inclusive(schema: dict[str, Any]) -> tuple[int | None, int | None]:
    if "exclusiveMinimum" in schema or "exclusiveMaximum" in schema:
        raise ValueError("exclusive bounds are for integers only; use minimum and maximum")
    return _int(schema, "minimum"), _int(schema, "maximum")


def _int(schema: dict[str, Any], bound: str, inwards: int = 0) -> int | None:
    value = schema.get(bound)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise ValueError(f"{bound} must be a whole number, not {value!r}")
    return int(value) + inwards
