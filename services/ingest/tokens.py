"""How many tokens the embedder will see, guessed from characters alone.

Measured with the pieces of multilingual-e5-small: characters per token are 4.7 in English prose, 3.0 in source code,
1.9 in Korean prose; this estimate is 1.35, 1.07 and 1.00 times the true count (Korean program messages: 0.73 at worst).
"""

import re

_RUN = re.compile(
    r"(?P<latin>[A-Za-z\u00c0-\u024f]+)"
    r"|(?P<hangul>[\uac00-\ud7a3]+)"
    r"|(?P<space>\s+)"
    r"|(?P<digit>[0-9]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_LATIN_CHARS, _HANGUL_CHARS, _DIGIT_CHARS = 3.2, 1.5, 2.0


def _run_tokens(kind: str | None, length: int) -> float:
    match kind:
        case "latin":
            return max(1.0, length / _LATIN_CHARS)
        case "hangul":
            return max(1.0, length / _HANGUL_CHARS)
        case "digit":
            return max(1.0, length / _DIGIT_CHARS)
        case "space":
            return 0.0
        case _:
            return 1.0


def estimate(text: str) -> float:
    """Tokens of `text`. Joining two texts with whitespace never gives more than their sum."""
    return sum(_run_tokens(run.lastgroup, run.end() - run.start()) for run in _RUN.finditer(text))
