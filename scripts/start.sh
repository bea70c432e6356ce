#!/usr/bin/env bash
# start.sh: all set-up that is left, then the appliance in the background.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
ensure run
if ! take_lock; then
    preflight --running
    say "Ondol runs already."
    show_addresses
    exit 0
fi
preflight
place_models
share_umask
# Without being told it takes 022 when it goes into the background.
"$VENV/bin/supervisord" -s -c "$CONFIG" --umask "$(umask)" || die "supervisord did not start; see $ONDOL_HOME/logs/supervisord.log"
exec 4>&-
pid=
for ((tries = 0; tries < 50; tries++)); do
    pid="$(cat "$RUN/supervisord.pid" 2>/dev/null)" && [ -n "$pid" ] && break
    sleep 0.1
done
[ -n "$pid" ] || die "supervisord did not start; see $ONDOL_HOME/logs/supervisord.log"
rc=0
await_web "$pid" || rc=$?
[ "$rc" != 1 ] || die "supervisord ended; see $ONDOL_HOME/logs/supervisord.log"
if [ "$rc" = 2 ]; then
    warn "Ondol cannot open. $CLOSED"
    show_addresses >&2
    exit 1
fi
say "Ondol is up. \`make stop\` stops it."
show_addresses
