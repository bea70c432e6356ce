"""Whole numbers between two bounds as GBNF: what a JSON schema's `minimum` and `maximum` mean for a grammar. Pure."""

MOST_DIGITS = 16
"""An open bound ends here, as the schema converter's own numbers do."""


def integers(low: int | None, high: int | None) -> str:
    """GBNF of every whole number from `low` to `high`, both included, without leading zeros; None leaves a side open.

    Raises ValueError when there is none, or one of more than `MOST_DIGITS` digits is asked for.
    """
    edge = 10**MOST_DIGITS - 1
    first, last = -edge if low is None else low, edge if high is None else high
    if first > last:
        raise ValueError(f"there is no whole number from {first} to {last}")
    if abs(first) > edge or abs(last) > edge:
        raise ValueError(f"bounds of more than {MOST_DIGITS} digits are not supported")
    found = []
    if first < 0:
        found += [f'"-" ({_join(_natural(max(1, -last), -first))})']
    if last >= 0:
        found += _natural(max(0, first), last)
    return _join(found)


def decimals(low: int | None, high: int | None) -> str:
    """GBNF of every decimal number from `low` to `high`, both included, without an exponent. Raises as `integers`."""
    edge = 10**MOST_DIGITS - 1
    first, last = -edge if low is None else low, edge if high is None else high
    if first > last:
        raise ValueError(f"there is no number from {first} to {last}")
    found = []
    if first < 0:
        found.append(f'"-" ({_fractions(max(0, -last), -first)})')
    if last >= 0:
        found.append(_fractions(max(0, first), last))
    return _join(found)


def _fractions(low: int, high: int) -> str:
    """Decimals of [low, high], both at least 0: a whole part below `high` with any fraction, or `high` itself."""
    whole = f'({integers(high, high)}) ("." "0"{{1,{MOST_DIGITS}}})?'
    if low == high:
        return whole
    return f'({integers(low, high - 1)}) ("." [0-9]{{1,{MOST_DIGITS}}})? | {whole}'


def _natural(low: int, high: int) -> list[str]:
    """Alternatives for [low, high], 0 <= low <= high: one number of digits after the other."""
    found = []
    for digits in range(len(str(low)), len(str(high)) + 1):
        smallest = 10 ** (digits - 1) if digits > 1 else 0
        found += _same_length(str(max(low, smallest)), str(min(high, 10**digits - 1)))
    return found


def _same_length(low: str, high: str) -> list[str]:
    """Alternatives for the numbers from `low` to `high`, which have equally many digits."""
    rest = len(low) - 1
    if rest == 0:
        return [_digit(low, high)]
    if low[1:] == "0" * rest and high[1:] == "9" * rest:
        return [f"{_digit(low[0], high[0])} [0-9]{{{rest}}}"]
    if low[0] == high[0]:
        return [f'"{low[0]}" ({_join(_same_length(low[1:], high[1:]))})']
    found = [f'"{low[0]}" ({_join(_same_length(low[1:], "9" * rest))})']
    if int(high[0]) - int(low[0]) > 1:
        found.append(f"{_digit(str(int(low[0]) + 1), str(int(high[0]) - 1))} [0-9]{{{rest}}}")
    return [*found, f'"{high[0]}" ({_join(_same_length("0" * rest, high[1:]))})']


def _digit(low: str, high: str) -> str:
    return f'"{low}"' if low == high else f"[{low}-{high}]"


def _join(alternatives: list[str]) -> str:
    return " | ".join(alternatives)
