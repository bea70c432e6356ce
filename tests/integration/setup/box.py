"""A checkout of its own with the real scripts, in which programs can be replaced by stand-ins."""

import os
import shutil
import subprocess
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Box:
    """`root` holds copies of scripts/ and requirements/; what lies in `bin` is found before the machine's programs."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "box"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.calls = folder / "calls"
        for part in ("scripts", "requirements"):
            shutil.copytree(ROOT / part, self.root / part, ignore=shutil.ignore_patterns("__pycache__"))

    def program(self, name: str, script: str, folder: Path | None = None) -> Path:
        """A stand-in that notes its name and arguments in `calls` and then does what `script` says."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.calls}"\n{textwrap.dedent(script)}\n')
        path.chmod(0o755)
        return path

    def step(self, name: str, script: str) -> None:
        (self.root / "scripts" / "steps" / f"{name}.sh").write_text(textwrap.dedent(script))

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ONDOL_")}
        return kept | {"PATH": f"{self.bin}:{kept['PATH']}"} | extra

    def command(self, script: str) -> list[str]:
        return ["bash", "-c", f'set -euo pipefail\nsource "{self.root}/scripts/ensure.sh"\n{textwrap.dedent(script)}']

    def run(self, script: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run `script` after sourcing ensure.sh; the steps are those that it says."""
        return subprocess.run(
            self.command(script),
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
