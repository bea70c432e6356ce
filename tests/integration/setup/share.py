"""The drop folder, shared by the real script and served by a real Samba on loopback whose state is in one folder."""

import getpass
import grp
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.appliance import free_port
from tests.integration.setup.box import ROOT, Box

SAMBA = ROOT / ".cache" / "samba" / "usr"
PASSWORD = "warm floor 7"
AS_ROOT = os.geteuid() == 0
SERVICE, GROUP = ("games", "users") if AS_ROOT else (getpass.getuser(), grp.getgrgid(os.getegid()).gr_name)
PERSON = "daemon" if AS_ROOT else getpass.getuser()
STATE = ("private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir")
GLOBAL = """\
# The owner's own words.
[global]
    interfaces = lo
    bind interfaces only = yes
    disable spoolss = yes
    log file = {state}/log
{places}"""


class Share:
    """`home` is Ondol's, owned by SERVICE. Stand-ins: lists of packages, starting services, sudo."""

    def __init__(self, box: Box, folder: Path) -> None:
        self.box = box
        self.home = folder / "home"
        self.inbox = self.home / "inbox"
        self.smb_conf = folder / "etc" / "smb.conf"
        self.share_conf = folder / "etc" / "ondol.conf"
        self.port = free_port()
        (self.inbox / "shared").mkdir(parents=True)
        (self.inbox / "shared" / "before.txt").write_text("It was there before.")
        for path in (self.home, *self.home.rglob("*")):
            if AS_ROOT:
                os.chown(path, *ids())
            path.chmod(0o750 if path.is_dir() else 0o640)
        self.smb_conf.parent.mkdir()
        state = folder / "state"
        state.mkdir()
        places = "".join(f"    {name} = {state}\n" for name in STATE)
        self.smb_conf.write_text(GLOBAL.format(state=state, places=places))
        (folder / "client.conf").touch()
        box.program("sudo", '[ "$1" = -n ] && shift; "$@"')
        box.program("dpkg-query", 'printf "ii  %s\\n" "${@:3}"')
        box.program("apt-cache", 'echo "  Candidate: 1.0"')
        for name in ("systemctl", "service"):
            box.program(name, "exit 0")

    def script(self, *arguments: str, told: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        """Run share-inbox.sh on this home and this smb.conf."""
        names = {"ONDOL_HOME": str(self.home), "SMB_CONF": str(self.smb_conf)}
        environment = self.box.environment(**names | extra)
        environment["PATH"] += f":{SAMBA / 'bin'}"
        command: list[str | Path] = [self.box.root / "scripts" / "share-inbox.sh", "--group", GROUP, *arguments]
        return subprocess.run(
            command, env=environment, input=told, capture_output=True, text=True, timeout=60, check=False
        )

    @contextmanager
    def served(self) -> Iterator[None]:
        """Samba answers on `port`."""
        command: list[str | Path] = [
            SAMBA / "sbin" / "smbd",
            "-F",
            "--no-process-group",
            "-s",
            self.smb_conf,
            "-p",
            str(self.port),
        ]
        with (self.smb_conf.parent / "smbd.out").open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
            try:
                self._await(process)
                yield
            finally:
                process.terminate()
                process.wait(10)

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"smbd does not answer: {(self.smb_conf.parent / 'smbd.out').read_text()}")

    def client(self, commands: str, login: str = f"{PERSON}%{PASSWORD}") -> subprocess.CompletedProcess[str]:
        """What another machine would do, in smbclient's commands."""
        who = ["-N"] if login == "" else ["-U", login]
        config = self.smb_conf.parent.parent / "client.conf"
        command: list[str | Path] = [
            "smbclient",
            "-s",
            config,
            "-p",
            str(self.port),
            "//127.0.0.1/ondol",
            *who,
            "-c",
            commands,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def modes(self) -> dict[str, str]:
        """Group and mode of everything in the inbox."""
        found = sorted([self.inbox, *self.inbox.rglob("*")])
        return {str(path.relative_to(self.home)): f"{path.group()} {path.stat().st_mode & 0o7777:o}" for path in found}


def ids() -> tuple[int, int]:
    """User and primary group that the service runs as."""
    told = subprocess.run(["id", "-u", SERVICE], capture_output=True, text=True, check=True).stdout
    group = subprocess.run(["id", "-g", SERVICE], capture_output=True, text=True, check=True).stdout
    return int(told), int(group)


def as_service(*command: str | Path, group: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command with the rights of Ondol's processes: its user, its group, nothing else."""
    prefix: list[str] = []
    if AS_ROOT:
        prefix = ["setpriv", "--reuid", SERVICE, "--regid", group or str(ids()[1]), "--clear-groups"]
    return subprocess.run([*prefix, *command], capture_output=True, text=True, timeout=20, check=False)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="ondol-share-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
