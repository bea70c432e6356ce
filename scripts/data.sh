#!/usr/bin/env bash
# data.sh backup [FILE] | restore FILE | verify [FILE]: people's data into one file and back. A backup may be made of a
# house that runs; a restore needs it stopped.
set -euo pipefail
from="$PWD"
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
[ -x "$PY" ] || die "not set up yet: run make run once in $ROOT"
command="$1"
file="${2:-}"
if [ "$command" = restore ] && running; then
    die "Ondol runs on $ONDOL_HOME: stop it first (ondol stop), or restore in the page"
fi
exec "$PY" -m services.web.safety "$command" ${file:+"$(cd "$from" && realpath -m "$file")"}
