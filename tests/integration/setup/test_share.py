"""scripts/share-inbox.sh: what it writes, what Samba makes of it, and what it leaves behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.setup.box import Box
from tests.integration.setup.share import AS_ROOT, GROUP, PASSWORD, PERSON, SERVICE, Share, as_service, ids, open_folder

TO_PERSON = ("--user", PERSON)


@pytest.fixture
def share(box: Box) -> Iterator[Share]:
    with open_folder() as folder:
        yield Share(box, folder)


@pytest.fixture
def shared(share: Share) -> Share:
    done = share.script(*TO_PERSON, told=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    return share


def test_a_file_put_over_the_network_is_the_services_own(shared: Share, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The floor is warm.")
    with shared.served():
        told = shared.client(
            f'mkdir shared/trip; put "{note}" shared/trip/a.txt; rename shared/trip/a.txt shared/trip/b.txt'
        )
        assert told.returncode == 0, told.stdout
        listed = shared.client("ls shared/trip/*")
    assert "b.txt" in listed.stdout
    assert "a.txt" not in listed.stdout
    put = shared.inbox / "shared" / "trip" / "b.txt"
    assert (put.owner(), put.group(), put.stat().st_mode & 0o777) == (SERVICE, GROUP, 0o660)
    assert (put.parent.group(), put.parent.stat().st_mode & 0o7777) == (GROUP, 0o2770)
    assert as_service("cat", put).stdout == "The floor is warm."
    assert as_service("rm", put).returncode == 0
    assert as_service("rmdir", put.parent).returncode == 0


def test_what_ondol_wrote_can_be_replaced_and_deleted_over_the_network(shared: Share, tmp_path: Path) -> None:
    made = shared.inbox / "shared" / "made.txt"
    assert as_service("sh", "-c", f'umask 0077; echo old > "{made}"').returncode == 0
    (tmp_path / "new.txt").write_text("new")
    with shared.served():
        assert shared.client(f'put "{tmp_path}/new.txt" shared/made.txt').returncode == 0
        assert as_service("cat", made).stdout == "new"
        assert shared.client("del shared/made.txt; del shared/before.txt").returncode == 0
    assert list((shared.inbox / "shared").iterdir()) == []


def test_where_root_runs_ondol_the_group_gives_the_rights(share: Share, tmp_path: Path) -> None:
    """Then no user is forced: what is put there belongs to who logged in, and its group may read and delete it."""
    if AS_ROOT:
        for path in (share.home, *share.home.rglob("*")):
            os.chown(path, 0, 0)
        share.home.chmod(0o755)
    done = share.script(*TO_PERSON, told=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert ("force user" in share.share_conf.read_text()) is not AS_ROOT
    (tmp_path / "a.txt").write_text("by the group")
    with share.served():
        assert share.client(f'mkdir new; put "{tmp_path}/a.txt" new/a.txt').returncode == 0
    put = share.inbox / "new" / "a.txt"
    assert (put.owner(), put.group(), put.stat().st_mode & 0o777) == (PERSON, GROUP, 0o660)
    assert as_service("cat", put, group=GROUP).stdout == "by the group"
    assert as_service("rm", "-r", put.parent, group=GROUP).returncode == 0


def test_nobody_comes_in_without_the_password_and_no_link_leads_out(shared: Share, tmp_path: Path) -> None:
    secret = shared.home / "secret.key"
    secret.write_text("secret")
    (shared.inbox / "way-out").symlink_to(shared.home)
    with shared.served():
        assert "LOGON_FAILURE" in shared.client("ls", f"{PERSON}%wrong").stdout
        assert "ACCESS_DENIED" in shared.client("ls", "").stdout
        assert shared.client(f'get way-out/secret.key "{tmp_path}/stolen"').returncode != 0
    assert not (tmp_path / "stolen").exists()


def test_a_guest_comes_in_where_guests_are_asked_in(share: Share, tmp_path: Path) -> None:
    done = share.script("--guest")
    assert done.returncode == 0, done.stderr
    assert "everybody in the network reads, changes and deletes" in done.stdout
    (tmp_path / "a.txt").write_text("from a guest")
    with share.served():
        if AS_ROOT:
            assert share.client(f'put "{tmp_path}/a.txt" shared/a.txt', "").returncode == 0
            assert as_service("cat", share.inbox / "shared" / "a.txt").stdout == "from a guest"
        else:
            assert "guest ok = yes" in share.share_conf.read_text()


def test_again_changes_nothing_and_remove_leaves_it_as_it_was(share: Share) -> None:
    before, modes = share.smb_conf.read_text(), share.modes()
    assert share.script(*TO_PERSON, told=f"{PASSWORD}\n").returncode == 0
    first, opened = share.smb_conf.read_text(), share.modes()
    assert first == f"{before}include = {share.share_conf}\n"
    assert set(opened.values()) == {f"{GROUP} 2770", f"{GROUP} 660"}
    again = share.script(*TO_PERSON)
    assert again.returncode == 0, again.stderr
    assert "has a Samba password already" in again.stdout
    assert (share.smb_conf.read_text(), share.modes()) == (first, opened)
    assert share.script("--remove").returncode == 0
    assert (share.smb_conf.read_text(), share.modes()) == (before, modes)
    assert not share.share_conf.exists()
    assert share.script("--remove").returncode == 1


def test_a_last_line_without_an_end_is_not_run_into(share: Share) -> None:
    share.smb_conf.write_text(share.smb_conf.read_text().rstrip("\n"))
    assert share.script(*TO_PERSON, told=f"{PASSWORD}\n").returncode == 0
    assert share.smb_conf.read_text().endswith(f"\ninclude = {share.share_conf}\n")


def test_print_changes_nothing_and_prints_what_is_installed(share: Share) -> None:
    modes = share.modes()
    printed = share.script("--print")
    assert printed.returncode == 0, printed.stderr
    assert f"path = {share.inbox}\n" in printed.stdout
    assert f"force user = {SERVICE}\n" in printed.stdout
    assert (share.modes(), share.share_conf.exists()) == (modes, False)
    assert share.script(*TO_PERSON, told=f"{PASSWORD}\n").returncode == 0
    assert share.share_conf.read_text() == printed.stdout


@pytest.mark.parametrize(
    ("config", "arguments", "said"),
    [
        ("[global]\n  security = warm\n", TO_PERSON, "testparm does not accept"),
        ("[Ondol]\n  path = /srv\n", TO_PERSON, "has a share named ondol already"),
        ("", (), "who may open the folder?"),
        ("", ("--user", "민수"), "small Latin letters"),
        ("", (*TO_PERSON, "--inbox", "/nowhere"), "start Ondol once"),
        ("", ("--user",), "--user wants a value"),
    ],
)
def test_what_stands_in_the_way_is_said_before_anything_changes(
    share: Share, config: str, arguments: tuple[str, ...], said: str
) -> None:
    share.smb_conf.write_text(share.smb_conf.read_text() + config)
    before, modes = share.smb_conf.read_text(), share.modes()
    done = share.script(*arguments, told=f"{PASSWORD}\n")
    assert done.returncode == 1
    assert said in done.stderr
    assert (share.smb_conf.read_text(), share.modes(), share.share_conf.exists()) == (before, modes, False)


def test_another_folder_waits_until_the_first_is_taken_away(shared: Share) -> None:
    other = shared.home / "other"
    other.mkdir()
    before = shared.share_conf.read_text()
    done = shared.script(*TO_PERSON, "--inbox", str(other))
    assert done.returncode == 1
    assert f"{shared.inbox} is shared already: --remove takes it away first" in done.stderr
    assert shared.share_conf.read_text() == before
    assert shared.script("--remove").returncode == 0
    assert shared.script(*TO_PERSON, "--inbox", str(other), told=f"{PASSWORD}\n").returncode == 0
    assert f"path = {other}\n" in shared.share_conf.read_text()


def test_a_containers_user_without_a_name_here_gets_one(share: Share) -> None:
    """useradd is a stand-in, so the name is not known to Samba, but the script must ask for the right number."""
    share.box.program("stat", f'[ "$2" = %U ] && echo UNKNOWN || {{ [ "$2" = %u ] && echo 54321 || echo {ids()[1]}; }}')
    share.box.program("useradd", "exit 0")
    done = share.script(*TO_PERSON, told=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    asked = next(call for call in share.box.called() if call.startswith("useradd"))
    assert asked.startswith("useradd --uid 54321 ")
    assert asked.endswith(" ondol-54321")
    assert "force user = ondol-54321\n" in share.share_conf.read_text()


MAKES = "from services.core.paths import default_home as h; h().create(); (h().inbox / 'minsu').mkdir()"


@pytest.mark.parametrize(("open_for_the_group", "mode"), [(True, 0o2770), (False, 0o750)])
def test_new_folders_are_group_writable_only_where_the_folder_is_shared(
    share: Share, open_for_the_group: bool, mode: int
) -> None:
    """The umask is the unit's, 0027, and the folder is made as web makes it."""
    if open_for_the_group:
        assert share.script(*TO_PERSON, told=f"{PASSWORD}\n").returncode == 0
    start = f'source "$ROOT/scripts/appliance.sh"; umask 0027; share_umask; cd "{Path.cwd()}"'
    done = share.box.run(f'{start}; "{Path.cwd()}/.venv/bin/python" -c "{MAKES}"', ONDOL_HOME=str(share.home))
    assert done.returncode == 0, done.stderr
    assert (share.inbox / "minsu").stat().st_mode & 0o7777 == mode
    assert (share.home / "db").stat().st_mode & 0o777 == 0o700
