import subprocess
import sys
from pathlib import Path

import pytest

from scripts import probe_python

PROBE = Path(probe_python.__file__)


class Connection:
    """Of a Python whose sqlite3 was built without loadable extensions, as pyenv's default is."""


def test_this_interpreter_passes_and_tells_its_version() -> None:
    done = subprocess.run([sys.executable, "-I", str(PROBE)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ".".join(map(str, sys.version_info[:3]))


def test_a_sqlite_without_extensions_is_refused_with_the_build_flag() -> None:
    reason = probe_python.sqlite_refusal(Connection())  # type: ignore[arg-type]
    assert "enable-loadable-sqlite-extensions" in reason


@pytest.mark.parametrize("version", [(3, 9, 2), (2, 7, 18)])
def test_an_old_version_is_refused_by_number(version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert probe_python.refusal() == f"it is version {version[0]}.{version[1]}, 3.11 or newer is needed"


def test_a_32_bit_build_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.probe_python.struct.calcsize", lambda _: 4)
    assert "32-bit" in probe_python.refusal()
