"""What must not start says why in one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.appliance import ROOT


def start(service: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ONDOL_")}
    return subprocess.run(
        [sys.executable, "-m", f"services.{service}"],
        env={**environ, "ONDOL_HOME": str(home), **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("service", ["model", "ingest"])
def test_an_unknown_setting_is_refused_with_file_and_key(tmp_path: Path, service: str) -> None:
    (tmp_path / "ondol.toml").write_text("[engine]\nparallell = 4\n")
    ended = start(service, tmp_path)
    assert ended.returncode != 0
    assert str(tmp_path / "ondol.toml") in ended.stderr
    assert "engine.parallell" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = start("web", tmp_path, ONDOL_HOST="127.0.0.1", ONDOL_PORT=str(port))
    assert ended.returncode != 0
    assert len(ended.stderr.strip().splitlines()) == 1
    assert f"port {port}" in ended.stderr
