"""The systemd unit as systemd itself reads it, and the supervisor's configuration as supervisord does."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

from services.core.config import load_config
from tests.integration.setup.box import ROOT

UNIT = ROOT / "systemd" / "ondol.service"


def test_systemd_accepts_every_line_of_the_unit(tmp_path: Path) -> None:
    """Unknown keys are only warned about, so that stderr must be empty too."""
    unit = tmp_path / "ondol.service"
    unit.write_text(UNIT.read_text().replace("/opt/ondol", str(ROOT)).replace("ProtectHome=yes", "ProtectHome=no"))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_well_sandboxed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", UNIT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_unit_starts_a_script_that_is_there_and_may_be_run() -> None:
    found = re.search(r"^ExecStart=/opt/ondol/(\S+)$", UNIT.read_text(), re.MULTILINE)
    assert found is not None
    assert (ROOT / found[1]).stat().st_mode & 0o111


def supervisor() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(inline_comment_prefixes=None)
    parser.read(ROOT / "config" / "supervisord.conf")
    return parser


def test_every_program_comes_back_for_ever_and_goes_within_5_s() -> None:
    parser = supervisor()
    default = load_config({}).house.stop_timeout_s
    assert default + 1 < 5, "supervisord looks at its clock once a second"
    programs = {name.partition(":")[2] for name in parser.sections() if name.startswith("program:")}
    assert programs == {"web", "model", "ingest"}
    assert set(parser["group:ondol"]["programs"].split(",")) == programs, "a group is stopped as one"
    for name in programs:
        program = parser[f"program:{name}"]
        assert program["command"] == f"%(here)s/../.venv/bin/python -m services.{name}"
        assert program["autorestart"] == "true"
        assert int(program["startretries"]) >= 1_000_000
        assert program["stopwaitsecs"] == "%(ENV_ONDOL_STOP_TIMEOUT_S)s"
        assert (program["stopasgroup"], program["killasgroup"]) == ("true", "true")
        assert program["redirect_stderr"] == "true"
        assert int(program["stdout_logfile_backups"]) > 0


def test_the_control_socket_is_its_owners_alone() -> None:
    parser = supervisor()
    assert parser["unix_http_server"]["chmod"] == "0700"
    assert "inet_http_server" not in parser


def test_shell_scripts_have_no_findings() -> None:
    scripts = [*(ROOT / "scripts").rglob("*.sh"), ROOT / ".ci" / "run"]
    program = shutil.which("shellcheck")
    assert program is not None
    done = subprocess.run([program, *scripts], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
