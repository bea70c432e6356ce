#!/usr/bin/env bash
# test-soak.sh [pytest's arguments]: the long trials of tests/soak: kills, many sockets, little memory, power cuts. What a trial
# cannot have here (a control group, a loop device: root) it says and fails; a single one is chosen with ARGS="-k kills".
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/ensure.sh"
ensure test
cd "$ROOT"
trap - INT TERM HUP
exec "$VENV/bin/python" -m pytest tests/soak -o python_files="soak_*.py" -o timeout=3600 -s "$@"
