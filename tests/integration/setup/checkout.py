"""A git checkout of this very code with a remote of its own, set up by linking to what is set up here."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import httpx

from tests.appliance import free_port
from tests.integration.setup.box import ROOT

PARTS = ("services", "scripts", "config", "requirements", "frontend")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "dist", "*.tsbuildinfo")
STEPS = "packages python venv models frontend-packages frontend"
MARK = f"""
source scripts/ensure.sh
mkdir -p "$STAMPS"
for step in {STEPS}; do
    (source "scripts/steps/$step.sh"; inputs | fingerprint >"$STAMPS/$step")
done
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=minsu", "-c", "user.email=minsu@home")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Checkout:
    """`root` follows `origin`; `author` is where new versions are written."""

    def __init__(self, folder: Path) -> None:
        self.author, self.origin, self.root = folder / "author", folder / "origin.git", folder / "box"
        self.home, self.port = folder / "home", free_port()
        for part in PARTS:
            shutil.copytree(ROOT / part, self.author / part, ignore=LEFT_OUT)
        shutil.copy(ROOT / ".gitignore", self.author)
        git(self.author, "init", "--quiet", "--initial-branch=main")
        git(self.author, "add", "--all")
        git(self.author, "commit", "--quiet", "--message=first")
        git(folder, "clone", "--quiet", "--bare", str(self.author), str(self.origin))
        git(self.author, "remote", "add", "origin", str(self.origin))
        git(folder, "clone", "--quiet", str(self.origin), str(self.root))
        self._furnish()

    def _furnish(self) -> None:
        """What takes minutes is what was made here already."""
        (self.root / ".venv").symlink_to((ROOT / ".venv").resolve())
        (self.root / ".cache").mkdir()
        shutil.copy(ROOT / ".cache" / "python", self.root / ".cache")
        shutil.copytree(ROOT / ".cache" / "models", self.root / ".cache" / "models", copy_function=os.link)
        (self.root / "frontend" / "node_modules").mkdir()
        (self.root / "frontend" / "node_modules" / ".package-lock.json").touch()
        (self.root / "frontend" / "dist").mkdir()
        (self.root / "frontend" / "dist" / "index.html").write_text("<!doctype html><title>Ondol</title>")
        subprocess.run(["bash", "-euc", MARK], cwd=self.root, env=self.environment(), check=True, timeout=60)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONDOL_", "GIT_"))}
        return kept | {
            "ONDOL_HOME": str(self.home),
            "ONDOL_HOST": "127.0.0.1",
            "ONDOL_PORT": str(self.port),
            "ONDOL_BACKUP__NIGHTLY": "false",
            "ONDOL_ENGINE__CALIBRATE": "false",
        }

    def publish(self, path: str, text: str) -> str:
        """A new version with another text in one file; its commit."""
        file = self.author / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        git(self.author, "add", "--all")
        git(self.author, "commit", "--quiet", f"--message={path}")
        git(self.author, "push", "--quiet", "origin", "main")
        return git(self.author, "rev-parse", "HEAD")

    def withdraw(self) -> None:
        """The newest version was a mistake."""
        git(self.author, "reset", "--quiet", "--hard", "HEAD~1")
        git(self.author, "push", "--quiet", "--force", "origin", "main")

    def ondol(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / "scripts" / "ondol", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    def interrupt_update(self) -> None:
        """`ondol update`, killed as soon as it has begun to change files."""
        process = subprocess.Popen(
            [self.root / "scripts" / "ondol", "update"],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        state = self.root / ".cache" / "update"
        while not state.exists() and process.poll() is None:
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def head(self) -> str:
        return git(self.root, "rev-parse", "HEAD")

    def service(self, name: str) -> int:
        return int((self.home / "run" / f"{name}.lock").read_text())

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)
