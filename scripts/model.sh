#!/usr/bin/env bash
# model.sh NAME: downloads a model of config/models.toml into $ONDOL_HOME/models. Without a name it lists them.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
ensure tools
trap - INT TERM HUP
exec "$PY" -m services.model.download "$@"
