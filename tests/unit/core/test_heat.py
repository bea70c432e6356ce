from pathlib import Path

from services.core.heat import temperature_c


def test_the_hottest_zone_counts(tmp_path: Path) -> None:
    for number, degrees in enumerate(("45000", "81500", "broken")):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "temp").write_text(degrees + "\n")
    assert temperature_c(tmp_path) == 81.5


def test_a_box_without_zones_has_no_temperature(tmp_path: Path) -> None:
    assert temperature_c(tmp_path) is None
