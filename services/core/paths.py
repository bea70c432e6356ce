"""Where everything lies below `$ONDOL_HOME`."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder. Every path of it is named here once."""

    root: Path

    @property
    def db(self) -> Path:
        return self.root / "db"

    @property
    def ondol_db(self) -> Path:
        return self.db / "ondol.db"

    @property
    def library_db(self) -> Path:
        return self.db / "library.db"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def trash(self) -> Path:
        return self.root / "trash"

    @property
    def imports(self) -> Path:
        """Files of chats while they are being taken in."""
        return self.root / "imports"

    @property
    def kv(self) -> Path:
        return self.root / "kv"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def happenings(self) -> Path:
        return self.logs / "happenings.jsonl"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def restore(self) -> Path:
        """A backup that takes the place of the state at the next start."""
        return self.root / "restore"

    @property
    def restore_part(self) -> Path:
        """A backup that is being unpacked, or waits for a yes."""
        return self.root / "restore.part"

    @property
    def restore_upload(self) -> Path:
        """A backup that comes in from a browser."""
        return self.root / "restore.upload"

    @property
    def before_restore(self) -> Path:
        """What was there before a restore, by time."""
        return self.root / "before-restore"

    @property
    def damaged(self) -> Path:
        """Databases that could not be read any more, by time."""
        return self.db / "damaged"

    @property
    def notices(self) -> Path:
        return self.root / "notices.json"

    @property
    def version(self) -> Path:
        """Which Ondol had the data last."""
        return self.root / "version"

    @property
    def settings(self) -> Path:
        return self.root / "ondol.toml"

    @property
    def secret_key(self) -> Path:
        return self.root / "secret.key"

    @property
    def model_sock(self) -> Path:
        return self.run / "model.sock"

    @property
    def web_life(self) -> Path:
        """How the web process was left: see services/web/vitals/life.py."""
        return self.run / "web.life"

    @property
    def web_sock(self) -> Path:
        return self.run / "web.sock"

    @property
    def ingest_sock(self) -> Path:
        return self.run / "ingest.sock"

    def create(self) -> None:
        """Make the folders that are missing. `run/`, `db/` and `kv/` are the owner's alone."""
        self.root.mkdir(parents=True, exist_ok=True)
        for private in (self.db, self.run, self.kv, self.backups, self.trash):
            private.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.models, self.inbox, self.inbox / "shared", self.logs):
            folder.mkdir(exist_ok=True)


def default_home() -> Home:
    """`$ONDOL_HOME`, else `var/` in the checkout."""
    return Home(Path(os.environ.get("ONDOL_HOME") or PROJECT_ROOT / "var").resolve())
