"""How the box was: samples in rings of fixed size, in memory alone. No disk wears for it, and a restart forgets it."""

import math
from array import array
from collections.abc import Mapping
from typing import Literal

COLUMNS = (
    "tokens_per_s", "ttft_s", "active", "queue", "cpu", "celsius", "memory_available_bytes", "disk_free_bytes",
    "web_bytes", "model_bytes", "ingest_bytes", "supervisor_bytes",
)  # fmt: skip
"""`cpu` is the share of all cores that was busy; `ttft_s` the mean of the answers that began."""

EVERY_S = 5.0
FINE_SAMPLES = 720  # an hour
COARSE_EVERY_S = 60.0
COARSE_SAMPLES = 1440  # a day
POINTS = 180
Span = Literal["quarter", "hour", "day"]
SECONDS: dict[Span, float] = {"quarter": 900, "hour": 3600, "day": 86400}
Means = dict[str, list[float | None]]


class Ring:
    """The newest `size` samples: a time and a value for each column, NaN where there was none. 8 bytes a number."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._next = 0
        self._at = array("d", [math.nan]) * size
        self._columns = {name: array("d", [math.nan]) * size for name in COLUMNS}

    def add(self, at: float, values: Mapping[str, float | None]) -> None:
        self._at[self._next] = at
        for name, column in self._columns.items():
            value = values.get(name)
            column[self._next] = math.nan if value is None else value
        self._next = (self._next + 1) % self._size

    def means(self, start: float, step: float, count: int) -> Means:
        """For each column the mean of what fell into each of `count` steps from `start` on."""
        places = [(n, int((at - start) // step)) for n, at in enumerate(self._at) if start <= at < start + step * count]
        return {name: _means(column, places, count) for name, column in self._columns.items()}


def _means(column: "array[float]", places: list[tuple[int, int]], count: int) -> list[float | None]:
    sums, numbers = [0.0] * count, [0] * count
    for n, place in places:
        if not math.isnan(column[n]):
            sums[place] += column[n]
            numbers[place] += 1
    return [total / number if number else None for total, number in zip(sums, numbers, strict=True)]


class History:
    """An hour of samples and a day of minutes."""

    def __init__(self) -> None:
        self._fine = Ring(FINE_SAMPLES)
        self._coarse = Ring(COARSE_SAMPLES)
        self._minute_begun: float | None = None

    def add(self, at: float, values: Mapping[str, float | None]) -> None:
        """A sample; `at` in unix seconds. A clock that was set back starts a new minute."""
        self._fine.add(at, values)
        begun = self._minute_begun
        if begun is None or at < begun:
            self._minute_begun = at
        elif at - begun >= COARSE_EVERY_S:
            means = self._fine.means(begun, at - begun, 1)
            self._coarse.add(begun + (at - begun) / 2, {name: mean for name, (mean,) in means.items()})
            self._minute_begun = at

    def span(self, span: Span, until: float) -> tuple[list[float], Means]:
        """The middles of POINTS equal steps that end at `until`, and the means of all columns in them."""
        step = SECONDS[span] / POINTS
        first = math.floor(until / step) - POINTS + 1
        """Steps lie on a fixed grid, so that a line does not tremble from one look to the next."""
        ring = self._coarse if span == "day" else self._fine
        times = [(first + n + 0.5) * step for n in range(POINTS)]
        return times, ring.means(first * step, step, POINTS)
