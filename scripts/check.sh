#!/usr/bin/env bash
# check.sh lint|types: what can be told without running anything. All of it is run, then the failures are counted.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/ensure.sh"
source "$ROOT/scripts/node.sh"
ensure test
cd "$ROOT" || exit
PATH="$(find_node):$PATH"
failed=()

check() {
    say "ondol: $*"
    "$@" || failed+=("$*")
}

shell_scripts() { git ls-files -co --exclude-standard '*.sh' .ci/run; }

case "${1:-}" in
lint)
    check "$VENV/bin/ruff" check services tests scripts
    check "$VENV/bin/ruff" format --check services tests scripts
    check "$VENV/bin/lint-imports" --no-cache
    mapfile -t scripts < <(shell_scripts)
    check shellcheck "${scripts[@]}"
    check npm --silent --prefix frontend run lint
    ;;
types)
    check "$VENV/bin/mypy" services tests scripts
    check npm --silent --prefix frontend run typecheck
    ;;
*) die "check.sh wants lint or types" ;;
esac

[ ${#failed[@]} -eq 0 ] && exit 0
for command in "${failed[@]}"; do warn "failed: $command"; done
exit 1
