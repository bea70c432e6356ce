#!/usr/bin/env bash
# stop.sh: ends the appliance, in the foreground or in the background.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
if ! running; then
    say "Ondol does not run on $ONDOL_HOME."
    exit 0
fi
pid=
for ((tries = 0; tries < 50; tries++)); do # it may be so new that its pid is not written yet
    pid="$(cat "$RUN/supervisord.pid" 2>/dev/null || true)"
    [ -z "$pid" ] || break
    sleep 0.1
done
[ -n "$pid" ] || die "Ondol is starting; try again"
kill -TERM "$pid" || die "process $pid belongs to another user: stop Ondol as that user"
for ((tries = 0; tries < 100; tries++)); do
    sleep 0.1
    running || { say "Ondol is stopped."; exit 0; }
done
die "Ondol (process $pid) does not stop; see $ONDOL_HOME/logs/supervisord.log"
