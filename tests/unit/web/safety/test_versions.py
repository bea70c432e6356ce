"""An update is told once, by names that people know."""

from pathlib import Path

from services.core.happenings import read
from services.core.paths import Home
from services.web.safety.versions import tell_update
from services.web.storage.upgrade import Upgraded

DONE = Upgraded(4, 9, Path("ondol.db.v4"))


def told(home: Home) -> list[object]:
    return [(one.kind, one.params["before"], one.params["after"]) for one in read(home.happenings)]


def test_another_version_is_told_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    for version in ("0.1.0+aaaaaaa", "0.1.0+aaaaaaa", "0.1.0+bbbbbbb", "0.1.0+bbbbbbb"):
        tell_update(home, version, None)
    assert told(home) == [("updated", "0.1.0+aaaaaaa", "0.1.0+bbbbbbb")]
    tell_update(home, "0.2.0", DONE)
    assert told(home)[1:] == [("updated", "0.1.0+bbbbbbb", "0.2.0")]


def test_a_house_from_before_versions_had_names_is_told_when_it_was_migrated(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    tell_update(home, "0.2.0", DONE)
    assert told(home) == [("updated", "0.1.0", "0.2.0")]


def test_what_cannot_be_written_down_keeps_nothing_closed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    home.version.mkdir()
    tell_update(home, "0.2.0", DONE)
    assert told(home) == []
