#!/usr/bin/env bash
# setup.sh GOAL: does what is left of the set-up for GOAL (tools, image, run, test) and nothing else.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/ensure.sh"
ensure "${1:-run}"
