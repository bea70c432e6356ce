"""The small parts of the house stay small, and the web process knows nothing of the engine."""

import subprocess
import sys

import pytest

from services.core.process import rss_bytes
from tests.appliance import ROOT, Appliance

BUDGET_BYTES = 150_000_000
SENTINEL_BYTES = 12_000_000
MAKE_BYTES = 3_000_000  # GNU make waiting for its one child, measured 2.1 MB


@pytest.mark.parametrize("service", ["web", "ingest"])
def test_no_engine_and_no_numpy_where_they_do_not_belong(service: str) -> None:
    code = f"import services.{service}.__main__, sys; print([m for m in ('llama_cpp', 'numpy') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.strip() == "[]"


def test_everything_but_the_model_stays_under_150_mb(appliance: Appliance) -> None:
    parts = {"supervisord": appliance.pid, "web": appliance.pid_of("web"), "ingest": appliance.pid_of("ingest")}
    parts["sentinel"] = appliance.pid_of("sentinel")
    sizes = {name: rss_bytes(pid) or 0 for name, pid in parts.items()}
    assert all(sizes.values())
    assert sizes["sentinel"] < SENTINEL_BYTES, sizes
    assert sum(sizes.values()) + MAKE_BYTES < BUDGET_BYTES, sizes
