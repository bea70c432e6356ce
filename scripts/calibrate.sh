#!/usr/bin/env bash
# calibrate.sh: what was measured on this box, as a table. --forget measures again when a model is next loaded.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
ensure tools
trap - INT TERM HUP
exec "$PY" -m services.model.calibration_report "$@"
