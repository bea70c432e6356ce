"""What estimates turned out to be worth: a factor by their length, learned from first tokens as they come.

Speeds say what a step costs; what lies between the steps, and how long answers before one really are, is experience.
"""

import math

ALPHA = 0.15
"""Weight of the newest experience."""
MOST = math.log2(4.0)
"""No single surprise counts for more than a factor of four."""
_SHORTEST, _LONGEST = -7, 9
"""Estimates from 8 milliseconds to 9 minutes have classes of their own, each twice as long as the one before."""


class Experience:
    """Factors between estimate and reality, as base-two logarithms by class."""

    def __init__(self, saved: dict[int, float] | None = None) -> None:
        self._classes = dict(saved or {})

    def saved(self) -> dict[int, float]:
        return dict(sorted(self._classes.items()))

    def learn(self, estimate_s: float, actual_s: float) -> None:
        """An estimate of `estimate_s` came true after `actual_s`."""
        if estimate_s <= 0 or actual_s <= 0:
            return
        place = round(_place(estimate_s))
        surprise = max(-MOST, min(MOST, math.log2(actual_s / estimate_s)))
        known = self._classes.get(place)
        self._classes[place] = surprise if known is None else known + ALPHA * (surprise - known)

    def corrected(self, estimate_s: float) -> float:
        """The estimate as experience has it; between two classes the factor changes smoothly."""
        if estimate_s <= 0 or not self._classes:
            return estimate_s
        place = _place(estimate_s)
        below, share = math.floor(place), place - math.floor(place)
        factor = self._classes.get(below, 0.0) * (1 - share) + self._classes.get(below + 1, 0.0) * share
        return float(estimate_s * 2**factor)


def _place(estimate_s: float) -> float:
    return min(max(math.log2(estimate_s), _SHORTEST), _LONGEST)
