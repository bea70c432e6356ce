"""Where the domain reports what it measured, without knowing of Prometheus."""

from collections.abc import Mapping
from typing import Protocol


class RunObserver(Protocol):
    """`usage` and `timings` as in frames.Usage and frames.Timings, None when the run never ended properly."""

    def estimated(self, error: float) -> None:
        """The first estimate of an answer was wrong by this share of the real time to its first token."""

    def run_ended(self, status: str, usage: Mapping[str, int] | None, timings: Mapping[str, float] | None) -> None: ...
