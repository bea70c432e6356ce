"""`python -m services.model.calibration_report [--forget]`: what was measured on this box, as a table."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.core.config import load_config
from services.core.errors import OndolError
from services.model.calibrate import Calibration, Measured, Tuning
from services.model.calibration_store import forget_calibrations, load_calibrations


def report(found: Mapping[str, Calibration]) -> str:
    """One block a model and hardware; the settings in use are marked."""
    if not found:
        return "Nothing was measured yet: that happens when a model is loaded for the first time.\n"
    return "\n".join(_block(key, calibration) for key, calibration in found.items())


def _block(key: str, calibration: Calibration) -> str:
    model = key.partition(":")[0]
    when = datetime.fromtimestamp(calibration.at).astimezone().strftime("%Y-%m-%d %H:%M")
    state = "" if calibration.steady else "; the box was busy, so the untried settings stay and it is measured again"
    lines = [f"{model}   measured {when} in {calibration.took_s:.0f} s{state}", f"  {key}"]
    lines += [_line(measured) for measured in calibration.measured]
    lines.append(f"  in use: {_words(calibration.tuning)}")
    return "\n".join(lines) + "\n"


def _line(measured: Measured) -> str:
    decode = f"{measured.decode_tokens_per_s:8.1f}" if measured.decode_tokens_per_s else "       –"
    return f"  {decode} tokens/s answering {measured.prompt_tokens_per_s:8.1f} reading   {_words(measured.tuning)}"


def _words(tuning: Tuning) -> str:
    weights = "repacked" if tuning.repack else "as in the file"
    return (
        f"threads {tuning.threads}/{tuning.threads_batch}, batch {tuning.batch_tokens}, "
        f"KV {tuning.kv_type}, weights {weights}"
    )


def main(arguments: Sequence[str]) -> int:
    """Print the table, or forget everything so that the next start measures again."""
    try:
        home = load_config().home.root
    except OndolError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    if list(arguments) == ["--forget"]:
        forget_calibrations(home)
        sys.stdout.write("Forgotten: the next start measures again.\n")
        return 0
    if arguments:
        sys.stderr.write("usage: python -m services.model.calibration_report [--forget]\n")
        return 2
    sys.stdout.write(report(load_calibrations(home)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
