"""Which Ondol this is."""

from pathlib import Path

from services.core.paths import PROJECT_ROOT

VERSION = "0.1.0"
"""As it stands in pyproject.toml and in every backup."""
SHORT = 7


def running_version(root: Path = PROJECT_ROOT) -> str:
    """VERSION, and in a git checkout its commit too, as a local version of PEP 440: `0.1.0+1a2b3c4`."""
    try:
        commit = _commit(_git_folder(root))
    except (OSError, UnicodeDecodeError):
        commit = ""
    return f"{VERSION}+{commit[:SHORT]}" if commit else VERSION


def _git_folder(root: Path) -> Path:
    """Raises OSError. Source: gitrepository-layout(5); a worktree has a file that names its folder."""
    git = root / ".git"
    return git if git.is_dir() else root / git.read_text().strip().removeprefix("gitdir: ")


def _commit(git: Path) -> str:
    """What HEAD stands for; '' where there is none. Raises OSError."""
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref: "):
        return head
    name, shared = head.removeprefix("ref: "), git / "commondir"
    common = git / shared.read_text().strip() if shared.exists() else git
    if (common / name).exists():
        return (common / name).read_text().strip()
    packed = (common / "packed-refs").read_text().splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
