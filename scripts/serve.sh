#!/usr/bin/env bash
# serve.sh: the appliance in the foreground for a systemd unit or a container. Nothing is set up or downloaded here.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
[ -x "$VENV/bin/supervisord" ] || die "not set up yet: run make run once in $ROOT"
take_lock || die "Ondol runs already on $ONDOL_HOME"
preflight --anyway # nobody reads its log: what is wrong with the settings stands in the page
place_models
share_umask
exec "$VENV/bin/supervisord" -n -c "$CONFIG"
