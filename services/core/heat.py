"""How hot the box is."""

from pathlib import Path

_ZONES = Path("/sys/class/thermal")


def temperature_c(zones: Path = _ZONES) -> float | None:
    """The hottest thermal zone in degrees Celsius, None where there is none (source: kernel sysfs-class-thermal,
    thousandths of a degree)."""
    hottest: float | None = None
    for file in zones.glob("thermal_zone*/temp"):
        try:
            degrees = int(file.read_text()) / 1000
        except (OSError, ValueError):
            continue
        hottest = degrees if hottest is None else max(hottest, degrees)
    return hottest
