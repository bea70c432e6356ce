#!/usr/bin/env bash
# run.sh: all set-up that is left, then the appliance in the foreground. Ctrl-C stops it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
ensure run
if ! take_lock; then
    preflight --running
    warn "Ondol runs already on $ONDOL_HOME (make stop ends it):"
    show_addresses >&2
    exit 1
fi
preflight
place_models
share_umask

announce() {
    local rc=0
    await_web "$1" || rc=$?
    case "$rc" in
        0) say "Ondol is up." ;;
        2) warn "Ondol cannot open. $CLOSED" ;;
        *) return 0 ;;
    esac
    show_addresses
    [ "$rc" = 2 ] || say "  documents go into  $ONDOL_HOME/inbox/shared"
    say "Ctrl-C stops it; \`make logs\` shows what it does."
}

say "ondol: starting"
# Twice forked, so that supervisord does not find a child it never started.
(announce $$ 4>&- &)
exec "$VENV/bin/supervisord" -n -s -c "$CONFIG"
