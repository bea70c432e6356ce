"""A web process alone, of this checkout or of a copy with another migration, whose data may not open."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx

from tests.appliance import ROOT, free_port


def another_version(folder: Path, migration: str) -> Path:
    """A copy of the services whose ondol.db has one more step."""
    for part in ("services", "config"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    steps = folder / "services" / "web" / "storage" / "migrations" / "ondol"
    number = len(list(steps.glob("*.sql"))) + 1
    (steps / f"{number:04}_next.sql").write_text(migration)
    return folder


class Web:
    """`python -m services.web` on a state folder."""

    def __init__(self, home: Path, code: Path = ROOT, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ONDOL_")}
        self.environ = environ | {
            "ONDOL_HOME": str(home),
            "ONDOL_HOST": "127.0.0.1",
            "ONDOL_PORT": str(self.port),
            "ONDOL_BACKUP__NIGHTLY": "false",
        }
        self._log = (home.parent / f"{home.name}.log").open("a+b")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.web"], cwd=code, env=self.environ, stdout=self._log, stderr=self._log
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self._log.close()

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def wait(self, timeout_s: float = 30) -> None:
        """Until its port answers."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log()
            try:
                if self.http.get("/healthz").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError(self.log())

    def stop(self) -> tuple[int, float]:
        """Exit code, and the seconds it took."""
        begun = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self.http.close()
        return self._process.wait(20), time.monotonic() - begun
