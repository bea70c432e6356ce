"""Where the domain reports what it measured, without knowing of Prometheus."""

from collections.abc import Mapping
from typing import Protocol


class RunObserver(Protocol):
    """`usage` and `timings` as in frames.Usage and frames.Timings, None when the run never ended properly."""

    def run_ended(self, status: str, usage: Mapping[str, int] | None, timings: Mapping[str, float] | None) -> None: ...
