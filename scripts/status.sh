#!/usr/bin/env bash
# status.sh: whether it runs, where, and how each part is. Exit 3 when it does not run, as init scripts do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
if ! running; then
    say "Ondol does not run on $ONDOL_HOME."
    exit 3
fi
preflight --running
say "Ondol runs on $ONDOL_HOME."
show_addresses
! closed || warn "it cannot open. $CLOSED"
"$VENV/bin/supervisorctl" -c "$CONFIG" status || true
