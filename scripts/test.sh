#!/usr/bin/env bash
# test.sh [pytest's arguments]: lint, types, the page's tests, then pytest, whose summary is the last line.
# A stage that fails does not stop the others; the exit status is 0 only when all passed.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/ensure.sh"
source "$ROOT/scripts/node.sh"
ensure test
cd "$ROOT" || exit
failed=0
"$ROOT/scripts/check.sh" lint || failed=1
"$ROOT/scripts/check.sh" types || failed=1
say "ondol: testing the page"
PATH="$(find_node):$PATH" npm --silent --prefix frontend test </dev/null || failed=1
[ "$failed" = 0 ] || warn "lint, types or the page's tests failed, see above; now pytest"
trap - INT TERM HUP
"$VENV/bin/python" -m pytest "$@" || failed=1
exit "$failed"
