#!/usr/bin/env bash
# logs.sh: the last lines of every part, and what follows. Ctrl-C ends it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
trap - INT TERM HUP
exec tail -n 50 -F "$ONDOL_HOME"/logs/{supervisord,web,model,ingest}.log
